#include "lang/asl/measure.h"

namespace thimble::lang::asl {

using base::Json;

namespace {

class Measure {
 public:
  explicit Measure(std::size_t bytes) : left_(bytes) {}

  bool fits(const Json& value, int depth) {
    if (depth < 0) return false;
    switch (value.kind()) {
      case Json::Kind::String:
        return take(value.asString().size() + 2);
      case Json::Kind::Array:
        if (!take(value.size() + 1)) return false;
        for (const Json& item : value.asArray()) {
          if (!fits(item, depth - 1)) return false;
        }
        return true;
      case Json::Kind::Object:
        if (!take(value.size() + 1)) return false;
        for (const auto& [name, member] : value.asObject()) {
          if (!take(name.size() + 3) || !fits(member, depth - 1)) return false;
        }
        return true;
      default:
        return take(1);
    }
  }

 private:
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  std::size_t left_;
};

}  // namespace

bool withinLimits(const Json& value, std::size_t bytes, int depth) {
  return Measure(bytes).fits(value, depth);
}

}  // namespace thimble::lang::asl
