// Fn::Cidr: address blocks cut from a larger one.
#pragma once

#include <string>

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// `count` (1 to 256) blocks of `host_bits` address bits each from the beginning of the IPv4 or IPv6 block; numbers as
/// decimal text. Zero host bits means the default, 8 (IPv4) or 64 (IPv6).
Outcome<base::Json> cidrBlocks(const std::string& block, const std::string& count, const std::string& host_bits);

}  // namespace thimble::lang::template_
