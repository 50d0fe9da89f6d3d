// GetRandomPassword. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
#include <algorithm>
#include <array>

#include "services/secretsmanager/secrets.h"
#include "services/secretsmanager/service.h"
#include "wire/shapes/secretsmanager.h"

namespace thimble::services::secretsmanager {
namespace {

using shapes::secretsmanager::GetRandomPassword;

constexpr std::string_view kLowercase = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kNumbers = "0123456789";
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

base::Result<GetRandomPassword::Output> generate(dispatch::SealedContext& context,
                                                 const GetRandomPassword::Input& input) {
  const std::int64_t length = input.PasswordLength_.value_or(32);
  if (length < 1 || length > 4096) {
    return invalidParameter("InvalidParameterValue: The password length must be between 1 and 4096 characters.");
  }
  // 1. The types of characters, without what is excluded.
  const std::string excluded = input.ExcludeCharacters_.value_or("");
  std::vector<std::string> types;
  std::string all;
  const auto add = [&](std::string_view characters, bool wanted) {
    if (!wanted) return;
    std::string left;
    std::copy_if(characters.begin(), characters.end(), std::back_inserter(left),
                 [&](char c) { return excluded.find(c) == std::string::npos; });
    all += left;
    if (!left.empty()) types.push_back(std::move(left));
  };
  add(kLowercase, !input.ExcludeLowercase_.value_or(false));
  add(kUppercase, !input.ExcludeUppercase_.value_or(false));
  add(kNumbers, !input.ExcludeNumbers_.value_or(false));
  add(kPunctuation, !input.ExcludePunctuation_.value_or(false));
  add(" ", input.IncludeSpace_.value_or(false));
  if (all.empty()) return invalidParameter("You can't exclude all of the characters of a password.");
  const bool each = input.RequireEachIncludedType_.value_or(true);
  if (each && static_cast<std::size_t>(length) < types.size()) {
    return invalidParameter("The password length is too short to include each of the required types of characters.");
  }
  // 2. One of each type, the rest from all, in an order drawn by chance.
  std::string password;
  if (each) {
    for (const std::string& type : types) password += context.random().text(1, type);
  }
  password += context.random().text(static_cast<std::size_t>(length) - password.size(), all);
  for (std::size_t i = password.size(); i > 1; --i) std::swap(password[i - 1], password[context.random().below(i)]);
  GetRandomPassword::Output output;
  output.RandomPassword_ = std::move(password);
  return output;
}

}  // namespace

void registerRandomPassword(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<GetRandomPassword>(registry, sealer, generate);
}

}  // namespace thimble::services::secretsmanager
