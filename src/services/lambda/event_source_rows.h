// Event source mappings as rows, and what their processes have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/arn.h"
#include "base/json.h"
#include "dispatch/process.h"
#include "services/lambda/event_sources/filter.h"
#include "services/lambda/records.h"

namespace thimble::services::lambda {

inline constexpr std::string_view kStreamSource = "lambda.stream_source";
inline constexpr std::string_view kQueueSource = "lambda.queue_source";

struct MappingReference {
  std::string account;
  std::string region;
  std::string uuid;

  std::string arn() const { return "arn:aws:lambda:" + region + ":" + account + ":event-source-mapping:" + uuid; }
  /// Of its process; and the reverse.
  std::string processId() const { return account + "/" + region + "/" + uuid; }
  static MappingReference ofProcess(const std::string& id);
};

/// A mapping: {"Configuration": EventSourceMappingConfiguration, "Tags": {}}.
std::optional<base::Json> findMapping(store::Transaction& transaction, const MappingReference& mapping);
void putMapping(store::Transaction& transaction, const MappingReference& mapping, const base::Json& document);
void eraseMapping(store::Transaction& transaction, const MappingReference& mapping);
/// Those of an account in a region by their UUIDs, after the row `after`.
std::vector<NamedDocument> listMappings(store::Transaction& transaction, const std::string& account,
                                        const std::string& region, const std::string& after, std::size_t limit);

/// The state of a mapping's process, and of each batch of messages that a function has (by the invocation's task).
std::optional<base::Json> findSourceState(store::Transaction& transaction, const std::string& process);
void putSourceState(store::Transaction& transaction, const std::string& process, const base::Json& state);
void eraseSourceState(store::Transaction& transaction, const std::string& process);
std::optional<base::Json> findBatch(store::Transaction& transaction, const std::string& process,
                                    const std::string& task);
void putBatch(store::Transaction& transaction, const std::string& process, const std::string& task,
              const base::Json& batch);
void eraseBatch(store::Transaction& transaction, const std::string& process, const std::string& task);

/// A mapping while its process decides.
struct Source {
  MappingReference reference;
  base::Json document;

  const base::Json& configuration() const { return document["Configuration"]; }
  std::string state() const { return configuration().stringAt("State"); }
  /// Records are taken: it is enabled, or about to be.
  bool isRunning() const;
  std::int64_t number(const char* member, std::int64_t fallback) const;
  FunctionReference function() const;
  std::string sourceArn() const { return configuration().stringAt("EventSourceArn"); }
  event_sources::Filter filter() const;
  bool reportsFailures() const;
};
std::optional<Source> findSource(dispatch::ProcessContext& context);

/// Creating, Enabling and Updating become Enabled; Disabling becomes Disabled.
void settle(dispatch::ProcessContext& context, Source& source);
/// Notes how the last reading or invocation went; writes only when it differs.
void noteResult(dispatch::ProcessContext& context, Source& source, const std::string& result);
inline constexpr std::string_view kResultOk = "OK";
inline constexpr std::string_view kResultFailed = "PROBLEM: Function call failed";

/// A call about the event source, as the function's role. `service`: the folder's name.
dispatch::Call sourceCall(dispatch::ProcessContext& context, const Source& source, std::string_view service,
                          std::string_view operation, base::Json input);
/// The function's invocation with {"Records": records}; Lambda's pollers need nobody's leave for it.
dispatch::Call invocation(const Source& source, const std::vector<base::Json>& records);

/// How an invocation ended.
struct Invoked {
  bool temporary = false;          ///< The function was not run, and may be later.
  bool failed = false;             ///< All records have failed.
  std::set<std::string> failures;  ///< Identifiers of records that have, when not all.
  base::Json output;               ///< Invoke's, or null.
};
Invoked readInvocation(const Source& source, const dispatch::ProcessInput& input,
                       const std::vector<std::string>& identifiers);

}  // namespace thimble::services::lambda
