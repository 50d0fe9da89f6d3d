// The patch operations of Update calls: [{"op": "replace", "path": "/name", "value": "x"}, ...].
// https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/apigateway/document.h"

namespace thimble::services::apigateway {

/// How a patch's value, which is always text, is kept.
enum class PatchType {
  Text,
  Boolean,  ///< "true", in any case; all else is false.
  Integer,
  Number,
  ListItem,  ///< The path's last part is an element of a list of texts; replace puts the value in its place.
};

enum PatchOps : unsigned { kAdd = 1, kReplace = 2, kRemove = 4 };

struct PatchRule {
  std::string_view path;  ///< Segments; "*" stands for any one, a key of a map.
  PatchType type = PatchType::Text;
  unsigned ops = kReplace;
  std::string_view missing = {};  ///< NotFoundException when a key to be replaced or removed is not there.
};

/// In what words a patch is refused that no rule allows. Listed: with the paths that there are. Plain: "Invalid patch
/// path /x".
enum class PatchStyle { Listed, Plain };

struct Patch {
  std::string op;
  std::string path;
  std::vector<std::string> segments;  ///< Unescaped: "~1" is a slash, "~0" a tilde.
  std::string from;
  Json value;  ///< A string, or null.

  std::string text() const { return value.isString() ? value.asString() : std::string(); }
};

/// The input's patchOperations.
std::vector<Patch> patchesOf(const Json& input);

/// Does one patch. Empty maps and lists vanish from `entity`.
base::Result<void> applyPatch(Json& entity, const Patch& patch, std::span<const PatchRule> rules, PatchStyle style);
base::Result<void> applyPatches(Json& entity, const Json& input, std::span<const PatchRule> rules, PatchStyle style);

base::ApiError invalidPatchPath(const Patch& patch);

}  // namespace thimble::services::apigateway
