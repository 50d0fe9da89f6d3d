// What the tests of signatures share: a credential source of a few known keys.
#pragma once

#include <map>
#include <string>

#include "wire/sigv4/credential_source.h"

namespace thimble::wire::sigv4::testing {

class MapCredentials final : public CredentialSource {
 public:
  std::map<std::string, Credential, std::less<>> known;

  Credential find(std::string_view access_key_id) const override {
    const auto found = known.find(access_key_id);
    return found == known.end() ? Credential() : found->second;
  }
};

}  // namespace thimble::wire::sigv4::testing
