#include "wire/http/headers.h"

namespace thimble::wire::http {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string toLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

const std::string* Headers::find(std::string_view name) const {
  for (const Header& field : fields_) {
    if (equalsIgnoringCase(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Header& field : fields_) found += equalsIgnoringCase(field.name, name) ? 1 : 0;
  return found;
}

void Headers::add(std::string_view name, std::string_view value) {
  fields_.push_back({std::string(name), std::string(value)});
}

void Headers::set(std::string_view name, std::string_view value) {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (!equalsIgnoringCase(fields_[i].name, name)) continue;
    fields_[i].value = value;
    for (std::size_t k = fields_.size(); --k > i;) {
      if (equalsIgnoringCase(fields_[k].name, name)) fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(k));
    }
    return;
  }
  add(name, value);
}

void Headers::erase(std::string_view name) {
  std::erase_if(fields_, [&](const Header& field) { return equalsIgnoringCase(field.name, name); });
}

}  // namespace thimble::wire::http
