#include "services/codecommit/http/push_commands.h"

#include "services/codecommit/git/references.h"

namespace thimble::services::codecommit {
namespace {

// https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html: 4,000 references in one push.
constexpr std::size_t kMostCommands = 4000;
constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr std::size_t kIdLength = 40;

base::ApiError malformed(const std::string& what) {
  return {"BadRequest", "This is no push that git would make: " + what, 400};
}

bool isId(std::string_view text) {
  return text.size() == kIdLength && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

base::Result<bool> PushCommandReader::feed(std::string_view bytes) {
  bytes_ += bytes;
  while (bytes_.size() - at_ >= 4) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const int digit = hexDigit(bytes_[at_ + i]);
      if (digit < 0) return malformed("a length is no number");
      length = length * 16 + static_cast<std::size_t>(digit);
    }
    if (length == 0) return true;
    if (length <= 4) return malformed("a length is out of range");
    if (bytes_.size() - at_ < length) break;
    TRY(line(std::string_view(bytes_).substr(at_ + 4, length - 4)));
    at_ += length;
  }
  if (bytes_.size() > kMostBytes) return malformed("its commands do not end");
  return false;
}

base::Result<void> PushCommandReader::line(std::string_view text) {
  if (const std::size_t end = text.find('\0'); end != std::string_view::npos) {
    const std::string capabilities = " " + std::string(text.substr(end + 1)) + " ";
    atomic_ = atomic_ || capabilities.find(" atomic ") != std::string::npos ||
              capabilities.find(" atomic\n") != std::string::npos;
    text = text.substr(0, end);
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.starts_with("shallow ")) return isId(text.substr(8)) ? base::Result<void>() : malformed("a shallow line");
  if (text.starts_with("push-cert")) return malformed("signed pushes are not supported");
  if (text.size() <= 2 * kIdLength + 2 || text[kIdLength] != ' ' || text[2 * kIdLength + 1] != ' ') {
    return malformed("a command has not three parts");
  }
  PushCommand command;
  command.old_target = text.substr(0, kIdLength);
  command.new_target = text.substr(kIdLength + 1, kIdLength);
  command.reference = text.substr(2 * kIdLength + 2);
  if (!isId(command.old_target) || !isId(command.new_target)) return malformed("an object's id");
  if (!command.reference.starts_with("refs/") || !git::isReferenceName(command.reference)) {
    return malformed("'" + command.reference.substr(0, 200) + "' is no reference");
  }
  commands_.push_back(std::move(command));
  if (commands_.size() > kMostCommands) return malformed("more than 4000 references");
  return {};
}

}  // namespace thimble::services::codecommit
