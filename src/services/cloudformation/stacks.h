// Stacks as rows: finding them, changing their status, their events, resources and exports.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "lang/template/evaluate.h"
#include "lang/template/prepare.h"
#include "platform/random.h"
#include "services/cloudformation/cloudformation.pb.h"
#include "store/table.h"

namespace thimble::services::cloudformation {

inline constexpr store::Table<rows::StackRecord> kStacks("cloudformation.stack");
inline constexpr store::Table<rows::StackNameRecord> kStackNames("cloudformation.stack_name");
inline constexpr store::Table<rows::ResourceRecord> kResources("cloudformation.resource");
inline constexpr store::Table<rows::EventRecord> kEvents("cloudformation.event");
inline constexpr store::Table<rows::OperationRecord> kOperations("cloudformation.operation");
inline constexpr store::Table<rows::WorkRecord> kWorks("cloudformation.work");
inline constexpr store::Table<rows::ChangeSetRecord> kChangeSets("cloudformation.change_set");
inline constexpr store::Table<rows::ChangeSetNameRecord> kChangeSetNames("cloudformation.change_set_name");
inline constexpr store::Table<rows::ExportRecord> kExports("cloudformation.export");
inline constexpr store::Table<rows::ImportRecord> kImports("cloudformation.import");

/// The durable process of a stack's operation; its id is the stack's id.
inline constexpr std::string_view kStackProcess = "cloudformation.stack";

/// The stack of that name or id; deleted ones only by id.
std::optional<rows::StackRecord> findStack(store::Transaction& transaction, const std::string& account,
                                           const std::string& region, const std::string& name_or_id);
/// By id alone, whichever account and region it is of.
std::optional<rows::StackRecord> findStackById(store::Transaction& transaction, const std::string& id);
void putStack(store::Transaction& transaction, const rows::StackRecord& stack);

/// "arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>".
std::string makeStackId(const std::string& account, const std::string& region, const std::string& name,
                        platform::Random& random);

struct NewEvent {
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string status;
  std::string reason;
  std::string properties_json;
};

/// Adds an event; counts it in `stack`, which the caller puts.
void addEvent(store::Transaction& transaction, rows::StackRecord& stack, base::Timestamp now, platform::Random& random,
              const NewEvent& event);
/// The stack's own status and its event.
void setStackStatus(store::Transaction& transaction, rows::StackRecord& stack, base::Timestamp now,
                    platform::Random& random, const std::string& status, const std::string& reason = {});

/// True for "..._IN_PROGRESS", REVIEW_IN_PROGRESS aside.
bool isInProgress(const std::string& status);

/// All resources of a stack by logical id.
std::map<std::string, rows::ResourceRecord> stackResources(store::Transaction& transaction,
                                                           const std::string& stack_id);

std::vector<lang::template_::ParameterValue> toParameters(const rows::StackInput& input);
void setParameters(rows::StackInput& input, const std::vector<lang::template_::ParameterValue>& parameters);

lang::template_::Pseudo pseudoOf(const rows::StackRecord& stack, const rows::StackInput& input);

/// The processed template of a stack, with its parameters and conditions. It was valid when it was stored.
lang::template_::Outcome<lang::template_::Prepared> loadPrepared(const rows::StackRecord& stack,
                                                                 const rows::StackInput& input);

/// Text that was written as JSON; null when it is empty.
base::Json parseStored(const std::string& text);

/// What Ref and Fn::GetAtt give for the resources of a stack that are there, and exports of the account and region.
class StackReferences final : public lang::template_::References {
 public:
  /// Of `resources`, those in `replaced` are not known yet. Both are borrowed.
  StackReferences(store::Transaction& transaction, const rows::StackRecord& stack,
                  const std::map<std::string, rows::ResourceRecord>& resources,
                  const std::map<std::string, bool>* replaced = nullptr)
      : transaction_(transaction), stack_(stack), resources_(resources), replaced_(replaced) {}

  lang::template_::Outcome<std::optional<base::Json>> ref(const std::string& resource) const override;
  lang::template_::Outcome<std::optional<base::Json>> getAtt(const std::string& resource,
                                                             const std::string& attribute) const override;
  lang::template_::Outcome<std::optional<base::Json>> importValue(const std::string& name) const override;

 private:
  const rows::Instance* find(const std::string& resource) const;

  store::Transaction& transaction_;
  const rows::StackRecord& stack_;
  const std::map<std::string, rows::ResourceRecord>& resources_;
  const std::map<std::string, bool>* replaced_;
};

}  // namespace thimble::services::cloudformation
