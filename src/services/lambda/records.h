// What is kept of functions and layers, and how it is found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "services/lambda/names.h"
#include "store/store.h"

namespace thimble::services::lambda {

/// The function: {"Tags": {}, "LastVersion": 2, "Reserved": 5, "Aliases": {name: AliasConfiguration},
/// "Policies": {qualifier or "": {"Version", "Id", "Statement": []}}, "PolicyRevisions": {...},
/// "EventInvoke": {qualifier or "$LATEST": FunctionEventInvokeConfig}, "Recursion": "Terminate"}.
std::optional<base::Json> findFunction(store::Transaction& transaction, const FunctionReference& function);
void putFunction(store::Transaction& transaction, const FunctionReference& function, const base::Json& document);
void eraseFunction(store::Transaction& transaction, const FunctionReference& function);

/// Is there any function, of whichever account?
bool hasFunctions(store::Transaction& transaction);

struct NamedDocument {
  std::string key;  ///< Of the row, for the next page.
  std::string name;
  base::Json document;
};
/// Up to `limit` functions of an account in a region, by name, after the row `after`.
std::vector<NamedDocument> listFunctions(store::Transaction& transaction, const std::string& account,
                                         const std::string& region, const std::string& after, std::size_t limit);

/// One version, "$LATEST" included: {"Configuration": FunctionConfiguration as GetFunctionConfiguration shows it,
/// "Code": name of the archive's blob, "LayerCodes": [blobs]}.
std::optional<base::Json> findVersion(store::Transaction& transaction, const FunctionReference& function,
                                      const std::string& version);
void putVersion(store::Transaction& transaction, const FunctionReference& function, const std::string& version,
                const base::Json& document);
void eraseVersion(store::Transaction& transaction, const FunctionReference& function, const std::string& version);
/// All versions, "$LATEST" first, then ascending.
std::vector<NamedDocument> listVersions(store::Transaction& transaction, const FunctionReference& function);

/// A layer version: {"Version": GetLayerVersion's output, "Code": blob, "Policy": {...}, "PolicyRevision": ""}.
std::optional<base::Json> findLayerVersion(store::Transaction& transaction, const std::string& account,
                                           const std::string& region, const std::string& layer, std::int64_t version);
void putLayerVersion(store::Transaction& transaction, const std::string& account, const std::string& region,
                     const std::string& layer, std::int64_t version, const base::Json& document);
void eraseLayerVersion(store::Transaction& transaction, const std::string& account, const std::string& region,
                       const std::string& layer, std::int64_t version);
/// The versions of one layer, the newest first.
std::vector<base::Json> listLayerVersions(store::Transaction& transaction, const std::string& account,
                                          const std::string& region, const std::string& layer);
std::vector<std::string> listLayers(store::Transaction& transaction, const std::string& account,
                                    const std::string& region);
/// Takes the next number of a layer's versions; numbers are never used twice.
std::int64_t takeLayerVersion(store::Transaction& transaction, const std::string& account, const std::string& region,
                              const std::string& layer);

/// What a name and qualifier stand for.
struct Resolved {
  FunctionReference function;
  base::Json document;  ///< Of the function.
  std::string version;  ///< "$LATEST" or a number.
  base::Json version_document;
};
/// Finds a function's version; an alias with weights gives its main version unless `draw` (0 to 1) falls to the other.
base::Result<Resolved> resolve(store::Transaction& transaction, const FunctionReference& function, double draw = 1.0);

}  // namespace thimble::services::lambda
