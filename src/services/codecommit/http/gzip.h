// Undoes Content-Encoding: gzip of a request's body while it streams in; git's clients compress long lists of "have"s.
#pragma once

#include <memory>

#include "wire/http/message.h"

namespace thimble::services::codecommit {

/// Output is as long as the plan's max_bytes allows: whoever takes it counts.
std::unique_ptr<wire::http::BodyDecoder> makeGzipDecoder();

}  // namespace thimble::services::codecommit
