#include "lang/policy/context.h"

namespace thimble::lang::policy {

std::string toLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

void ContextKeys::setAll(std::string_view key, Values values) {
  std::string lower = toLower(key);
  for (auto& [name, held] : keys_) {
    if (name == lower) {
      held = std::move(values);
      return;
    }
  }
  keys_.emplace_back(std::move(lower), std::move(values));
}

const ContextKeys::Values* ContextKeys::find(std::string_view lower_case_key) const {
  for (const auto& [name, values] : keys_) {
    if (name == lower_case_key) return &values;
  }
  return nullptr;
}

}  // namespace thimble::lang::policy
