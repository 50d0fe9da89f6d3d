// Takes the bytes of one request's body as they arrive: undoes framing inside, bounds, spools to a file, hashes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "wire/http/message.h"

namespace thimble::wire::http {

struct SpoolOptions {
  std::uint64_t above = std::uint64_t{1} << 20;  ///< Bytes kept in memory before a file is begun.
  std::string folder;
};

class BodyReceiver {
 public:
  BodyReceiver(BodyPlan& plan, const SpoolOptions& spool);
  ~BodyReceiver();

  /// The next bytes after transfer decoding. After an error no more may come.
  base::Result<void> accept(std::string_view bytes);
  /// Nothing more comes. Puts body and the decoder's trailing fields into `request`.
  base::Result<void> finish(HttpRequest& request);

 private:
  base::Result<void> keep(std::string_view bytes);
  base::Result<void> flushToFile();

  BodyPlan& plan_;
  const SpoolOptions& spool_;
  std::string memory_;   ///< The body, or with a file the bytes not yet written.
  std::string decoded_;  ///< Scratch of the decoder.
  std::uint64_t raw_size_ = 0;
  std::uint64_t size_ = 0;
  int descriptor_ = -1;
  std::shared_ptr<StagedFile> file_;
  std::optional<base::Digester> digester_;
};

/// 413, in the form that a handler's `on_error` may rewrite.
base::ApiError bodyTooLarge(std::uint64_t limit);

}  // namespace thimble::wire::http
