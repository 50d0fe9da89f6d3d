// Approval rule templates: rules that the pull requests of associated repositories begin with.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateApprovalRuleTemplate.html and its neighbours.
#include <algorithm>

#include "services/codecommit/commits.h"
#include "services/codecommit/events.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/pull_requests.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr std::size_t kMostTemplates = 1000;  // Of an account in a region, as on AWS.
constexpr std::size_t kMostOfRepository = 25;
constexpr std::size_t kMostNames = 100;
constexpr std::size_t kPage = 100;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestDescription = 1000;

base::ApiError templateDoesNotExist(const std::string& name) {
  return makeError("ApprovalRuleTemplateDoesNotExistException",
                   "The approval rule template " + name +
                       " does not exist. Verify that the name is correct and that it is in this AWS Region");
}

base::Result<void> checkName(const std::string& name) {
  if (name.empty()) {
    return makeError("ApprovalRuleTemplateNameRequiredException", "An approval rule template name is required");
  }
  if (name.size() > kLongestName) {
    return makeError("InvalidApprovalRuleTemplateNameException",
                     "The name of the approval rule template is not valid: it has more than 100 characters");
  }
  return {};
}

base::Result<void> checkDescription(const std::string& description) {
  if (description.size() <= kLongestDescription) return {};
  return makeError("InvalidApprovalRuleTemplateDescriptionException",
                   "The description of the approval rule template is not valid: it has more than 1000 characters");
}

base::Result<void> checkContent(const std::string& content) {
  if (content.empty()) {
    return makeError("ApprovalRuleTemplateContentRequiredException",
                     "The content of the approval rule template is required");
  }
  if (isRuleContent(content)) return {};
  return makeError("InvalidApprovalRuleTemplateContentException",
                   "The content of the approval rule template is not valid");
}

base::Result<rows::ApprovalRuleTemplateRecord> find(dispatch::Context& context, const std::string& name) {
  TRY(checkName(name));
  auto record = kTemplates.get(context.transaction(), context.account(), context.region(), name);
  if (!record) return templateDoesNotExist(name);
  return std::move(*record);
}

void save(dispatch::Context& context, rows::ApprovalRuleTemplateRecord& record) {
  record.set_modified(context.now().milliseconds);
  record.set_modified_by(context.call().identity.arn);
  kTemplates.put(context.transaction(), record, context.account(), context.region(), record.name());
}

shape::ApprovalRuleTemplate describe(const rows::ApprovalRuleTemplateRecord& record) {
  shape::ApprovalRuleTemplate out;
  out.approvalRuleTemplateId_ = record.id();
  out.approvalRuleTemplateName_ = record.name();
  if (!record.description().empty()) out.approvalRuleTemplateDescription_ = record.description();
  out.approvalRuleTemplateContent_ = record.content();
  out.ruleContentSha256_ = ruleSha256(record.content());
  out.creationDate_ = base::Timestamp{record.created()};
  out.lastModifiedDate_ = base::Timestamp{record.modified()};
  out.lastModifiedUser_ = record.modified_by();
  return out;
}

/// The last part of a row's key.
std::string lastOf(const std::string& key, int parts) {
  store::KeyReader reader(key);
  std::string text;
  for (int i = 0; i <= parts; ++i) text = reader.text().value_or("");
  return text;
}

std::vector<rows::RepositoryRecord> repositoriesOf(store::Transaction& transaction,
                                                   const rows::ApprovalRuleTemplateRecord& record) {
  std::vector<rows::RepositoryRecord> out;
  for (const auto& entry : kTemplateRepositories.scan(transaction, {}, record.id())) {
    if (auto repository = findById(transaction, lastOf(entry.key, 2))) out.push_back(*std::move(repository));
  }
  return out;
}

void tellOfUpdate(dispatch::Context& context, const rows::ApprovalRuleTemplateRecord& record) {
  tellOfTemplate(context, record, "approvalRuleTemplateUpdated", repositoriesOf(context.transaction(), record));
}

/// One page of names.
template <class Output>
base::Result<Output> page(std::vector<std::string> names, std::optional<std::vector<std::string>> Output::*member,
                          const std::optional<std::string>& token, const std::optional<std::int64_t>& most) {
  if (most && (*most < 1 || *most > 1000)) return invalidMaxResults();
  TRY_ASSIGN(const std::size_t begin, readOffset(token));
  std::sort(names.begin(), names.end());
  const std::size_t limit = static_cast<std::size_t>(most.value_or(kPage));
  Output output;
  auto& list = (output.*member).emplace();
  for (std::size_t i = begin; i < names.size(); ++i) {
    if (list.size() == limit) {
      output.nextToken_ = offsetToken(i);
      break;
    }
    list.push_back(names[i]);
  }
  return output;
}

base::Result<shape::CreateApprovalRuleTemplateOutput> create(dispatch::Context& context,
                                                             const shape::CreateApprovalRuleTemplateInput& input) {
  TRY(checkName(input.approvalRuleTemplateName_));
  TRY(checkContent(input.approvalRuleTemplateContent_));
  TRY(checkDescription(input.approvalRuleTemplateDescription_.value_or("")));
  const auto all =
      kTemplates.scan(context.transaction(), {.limit = kMostTemplates}, context.account(), context.region());
  if (kTemplates.has(context.transaction(), context.account(), context.region(), input.approvalRuleTemplateName_)) {
    return makeError("ApprovalRuleTemplateNameAlreadyExistsException",
                     "An approval rule template named " + input.approvalRuleTemplateName_ + " already exists");
  }
  if (all.size() >= kMostTemplates) {
    return makeError("NumberOfRuleTemplatesExceededException",
                     "The maximum number of approval rule templates has been reached for this AWS Region");
  }
  rows::ApprovalRuleTemplateRecord record;
  record.set_id(context.random().uuid());
  record.set_name(input.approvalRuleTemplateName_);
  record.set_description(input.approvalRuleTemplateDescription_.value_or(""));
  record.set_content(input.approvalRuleTemplateContent_);
  record.set_created(context.now().milliseconds);
  save(context, record);
  tellOfTemplate(context, record, "approvalRuleTemplateCreated", {});
  shape::CreateApprovalRuleTemplateOutput output;
  output.approvalRuleTemplate_ = describe(record);
  return output;
}

base::Result<shape::GetApprovalRuleTemplateOutput> get(dispatch::Context& context,
                                                       const shape::GetApprovalRuleTemplateInput& input) {
  TRY_ASSIGN(const auto record, find(context, input.approvalRuleTemplateName_));
  shape::GetApprovalRuleTemplateOutput output;
  output.approvalRuleTemplate_ = describe(record);
  return output;
}

base::Result<shape::ListApprovalRuleTemplatesOutput> list(dispatch::Context& context,
                                                          const shape::ListApprovalRuleTemplatesInput& input) {
  std::vector<std::string> names;
  for (const auto& entry : kTemplates.scan(context.transaction(), {}, context.account(), context.region())) {
    names.push_back(entry.record.name());
  }
  return page(std::move(names), &shape::ListApprovalRuleTemplatesOutput::approvalRuleTemplateNames_, input.nextToken_,
              input.maxResults_);
}

/// Deleting what is not there is fine on AWS, too.
base::Result<shape::DeleteApprovalRuleTemplateOutput> remove(dispatch::Context& context,
                                                             const shape::DeleteApprovalRuleTemplateInput& input) {
  TRY(checkName(input.approvalRuleTemplateName_));
  store::Transaction& transaction = context.transaction();
  shape::DeleteApprovalRuleTemplateOutput output;
  const auto record = kTemplates.get(transaction, context.account(), context.region(), input.approvalRuleTemplateName_);
  if (!record) return output;
  if (!kTemplateRepositories.scan(transaction, {.limit = 1}, record->id()).empty()) {
    return makeError("ApprovalRuleTemplateInUseException",
                     "The approval rule template is associated with one or more repositories. Remove all associations "
                     "before you delete it");
  }
  kTemplates.erase(transaction, context.account(), context.region(), record->name());
  tellOfTemplate(context, *record, "approvalRuleTemplateDeleted", {});
  output.approvalRuleTemplateId_ = record->id();
  return output;
}

base::Result<shape::UpdateApprovalRuleTemplateContentOutput> updateContent(
    dispatch::Context& context, const shape::UpdateApprovalRuleTemplateContentInput& input) {
  TRY(checkContent(input.newRuleContent_));
  TRY_ASSIGN(auto record, find(context, input.approvalRuleTemplateName_));
  if (input.existingRuleContentSha256_ && *input.existingRuleContentSha256_ != ruleSha256(record.content())) {
    return makeError("InvalidRuleContentSha256Exception",
                     "The SHA-256 hash signature for the rule content is not valid");
  }
  record.set_content(input.newRuleContent_);
  save(context, record);
  tellOfUpdate(context, record);
  shape::UpdateApprovalRuleTemplateContentOutput output;
  output.approvalRuleTemplate_ = describe(record);
  return output;
}

base::Result<shape::UpdateApprovalRuleTemplateDescriptionOutput> updateDescription(
    dispatch::Context& context, const shape::UpdateApprovalRuleTemplateDescriptionInput& input) {
  TRY(checkDescription(input.approvalRuleTemplateDescription_));
  TRY_ASSIGN(auto record, find(context, input.approvalRuleTemplateName_));
  record.set_description(input.approvalRuleTemplateDescription_);
  save(context, record);
  tellOfUpdate(context, record);
  shape::UpdateApprovalRuleTemplateDescriptionOutput output;
  output.approvalRuleTemplate_ = describe(record);
  return output;
}

base::Result<shape::UpdateApprovalRuleTemplateNameOutput> updateName(
    dispatch::Context& context, const shape::UpdateApprovalRuleTemplateNameInput& input) {
  TRY(checkName(input.newApprovalRuleTemplateName_));
  TRY_ASSIGN(auto record, find(context, input.oldApprovalRuleTemplateName_));
  store::Transaction& transaction = context.transaction();
  if (kTemplates.has(transaction, context.account(), context.region(), input.newApprovalRuleTemplateName_)) {
    return makeError("ApprovalRuleTemplateNameAlreadyExistsException",
                     "An approval rule template named " + input.newApprovalRuleTemplateName_ + " already exists");
  }
  kTemplates.erase(transaction, context.account(), context.region(), record.name());
  record.set_name(input.newApprovalRuleTemplateName_);
  save(context, record);
  for (const auto& entry : kTemplateRepositories.scan(transaction, {}, record.id())) {
    rows::TemplateLink link;
    link.set_template_name(record.name());
    kTemplateLinks.put(transaction, link, lastOf(entry.key, 2), record.id());
  }
  tellOfUpdate(context, record);
  shape::UpdateApprovalRuleTemplateNameOutput output;
  output.approvalRuleTemplate_ = describe(record);
  return output;
}

// --- Associations ----------------------------------------------------------------------------------------------------

/// The repository that is changed for; nothing when it was so before.
using Changed = base::Result<std::optional<rows::RepositoryRecord>>;

Changed associate(dispatch::Context& context, const rows::ApprovalRuleTemplateRecord& record,
                  const std::string& repository_name) {
  TRY_ASSIGN(const auto repository, findRepository(context, repository_name));
  store::Transaction& transaction = context.transaction();
  if (kTemplateLinks.has(transaction, repository.id(), record.id())) return Changed(std::nullopt);
  if (kTemplateLinks.scan(transaction, {}, repository.id()).size() >= kMostOfRepository) {
    return makeError("MaximumRuleTemplatesAssociatedWithRepositoryException",
                     "The maximum number of approval rule templates for a repository has been exceeded");
  }
  rows::TemplateLink link;
  link.set_template_name(record.name());
  kTemplateLinks.put(transaction, link, repository.id(), record.id());
  kTemplateRepositories.put(transaction, rows::TemplateRepository(), record.id(), repository.id());
  return std::optional(repository);
}

Changed disassociate(dispatch::Context& context, const rows::ApprovalRuleTemplateRecord& record,
                     const std::string& repository_name) {
  TRY_ASSIGN(const auto repository, findRepository(context, repository_name));
  if (!kTemplateLinks.has(context.transaction(), repository.id(), record.id())) return Changed(std::nullopt);
  kTemplateLinks.erase(context.transaction(), repository.id(), record.id());
  kTemplateRepositories.erase(context.transaction(), record.id(), repository.id());
  return std::optional(repository);
}

using Change = Changed (*)(dispatch::Context&, const rows::ApprovalRuleTemplateRecord&, const std::string&);

template <class Op, Change kChange>
base::Result<typename Op::Output> one(dispatch::Context& context, const typename Op::Input& input) {
  TRY_ASSIGN(const auto record, find(context, input.approvalRuleTemplateName_));
  TRY_ASSIGN(const auto repository, kChange(context, record, input.repositoryName_));
  if (repository) {
    tellOfTemplate(context, record,
                   kChange == associate ? "approvalRuleTemplateAssociatedWithRepository"
                                        : "approvalRuleTemplateDisassociatedFromRepository",
                   {*repository});
  }
  return typename Op::Output{};
}

/// Several: a repository that cannot be is an error of its own.
template <class Op, Change kChange, class Error>
base::Result<typename Op::Output> several(dispatch::Context& context, const typename Op::Input& input,
                                          std::vector<std::string> Op::Output::*changed) {
  if (input.repositoryNames_.empty()) {
    return makeError("RepositoryNamesRequiredException", "A list of repository names is required");
  }
  if (input.repositoryNames_.size() > kMostNames) {
    return makeError("MaximumRepositoryNamesExceededException", "The maximum number of repository names is 100");
  }
  TRY_ASSIGN(const auto record, find(context, input.approvalRuleTemplateName_));
  typename Op::Output output;
  std::vector<rows::RepositoryRecord> told;
  for (const std::string& name : input.repositoryNames_) {
    const Changed done = kChange(context, record, name);
    if (done.ok()) {
      if (*done) told.push_back(**done);
      (output.*changed).push_back(name);
      continue;
    }
    Error error;
    error.repositoryName_ = name;
    error.errorCode_ = done.error().code;
    error.errorMessage_ = done.error().message;
    output.errors_.push_back(std::move(error));
  }
  if (!told.empty()) {
    tellOfTemplate(context, record,
                   kChange == associate ? "batchAssociateApprovalRuleTemplateWithRepositories"
                                        : "batchDisassociateApprovalRuleTemplateFromRepositories",
                   told);
  }
  return output;
}

base::Result<shape::ListRepositoriesForApprovalRuleTemplateOutput> listRepositories(
    dispatch::Context& context, const shape::ListRepositoriesForApprovalRuleTemplateInput& input) {
  TRY_ASSIGN(const auto record, find(context, input.approvalRuleTemplateName_));
  std::vector<std::string> names;
  for (const rows::RepositoryRecord& repository : repositoriesOf(context.transaction(), record)) {
    names.push_back(repository.name());
  }
  return page(std::move(names), &shape::ListRepositoriesForApprovalRuleTemplateOutput::repositoryNames_,
              input.nextToken_, input.maxResults_);
}

base::Result<shape::ListAssociatedApprovalRuleTemplatesForRepositoryOutput> listTemplates(
    dispatch::Context& context, const shape::ListAssociatedApprovalRuleTemplatesForRepositoryInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_));
  std::vector<std::string> names;
  for (const auto& entry : kTemplateLinks.scan(context.transaction(), {}, repository.id())) {
    names.push_back(entry.record.template_name());
  }
  return page(std::move(names),
              &shape::ListAssociatedApprovalRuleTemplatesForRepositoryOutput::approvalRuleTemplateNames_,
              input.nextToken_, input.maxResults_);
}

bool isFor(const Json& content, const std::string& reference) {
  const Json& references = content["DestinationReferences"];
  if (!references.isArray() || references.empty()) return true;
  return std::any_of(references.asArray().begin(), references.asArray().end(), [&](const Json& each) {
    return each.isString() &&
           (each.asString() == reference || std::string(kBranchPrefix) + each.asString() == reference);
  });
}

}  // namespace

void addTemplateRules(dispatch::Context& context, rows::PullRequestRecord& record) {
  for (const auto& entry : kTemplateLinks.scan(context.transaction(), {}, record.repository_id())) {
    const auto found =
        kTemplates.get(context.transaction(), record.account(), record.region(), entry.record.template_name());
    const auto content = found ? Json::parse(found->content()) : Json::parse("{}");
    if (!found || !content.ok() || !isFor(*content, record.destination_reference())) continue;
    rows::ApprovalRule& rule = *record.add_rules();
    rule.set_id(context.random().uuid());
    rule.set_name(found->name());
    rule.set_content(found->content());
    rule.set_created(context.now().milliseconds);
    rule.set_modified(context.now().milliseconds);
    rule.set_modified_by(found->modified_by());
    rule.set_template_id(found->id());
    rule.set_template_name(found->name());
  }
}

void dropTemplateLinks(store::Transaction& transaction, const std::string& repository_id) {
  for (const auto& entry : kTemplateLinks.scan(transaction, {}, repository_id)) {
    kTemplateRepositories.erase(transaction, lastOf(entry.key, 2), repository_id);
    transaction.erase(entry.key);
  }
}

void registerApprovalTemplates(dispatch::Registry& registry) {
  registry.add<shape::CreateApprovalRuleTemplate>(create);
  registry.add<shape::GetApprovalRuleTemplate>(get);
  registry.add<shape::ListApprovalRuleTemplates>(list);
  registry.add<shape::DeleteApprovalRuleTemplate>(remove);
  registry.add<shape::UpdateApprovalRuleTemplateContent>(updateContent);
  registry.add<shape::UpdateApprovalRuleTemplateDescription>(updateDescription);
  registry.add<shape::UpdateApprovalRuleTemplateName>(updateName);
  registry.add<shape::AssociateApprovalRuleTemplateWithRepository>(
      one<shape::AssociateApprovalRuleTemplateWithRepository, associate>);
  registry.add<shape::DisassociateApprovalRuleTemplateFromRepository>(
      one<shape::DisassociateApprovalRuleTemplateFromRepository, disassociate>);
  using Associate = shape::BatchAssociateApprovalRuleTemplateWithRepositories;
  registry.add<Associate>([](dispatch::Context& context, const Associate::Input& input) {
    return several<Associate, associate, shape::BatchAssociateApprovalRuleTemplateWithRepositoriesError>(
        context, input, &Associate::Output::associatedRepositoryNames_);
  });
  using Disassociate = shape::BatchDisassociateApprovalRuleTemplateFromRepositories;
  registry.add<Disassociate>([](dispatch::Context& context, const Disassociate::Input& input) {
    return several<Disassociate, disassociate, shape::BatchDisassociateApprovalRuleTemplateFromRepositoriesError>(
        context, input, &Disassociate::Output::disassociatedRepositoryNames_);
  });
  registry.add<shape::ListRepositoriesForApprovalRuleTemplate>(listRepositories);
  registry.add<shape::ListAssociatedApprovalRuleTemplatesForRepository>(listTemplates);
}

}  // namespace thimble::services::codecommit
