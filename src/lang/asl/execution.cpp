#include "lang/asl/execution.h"

#include <algorithm>

#include "lang/asl/measure.h"

namespace thimble::lang::asl {

Payload Payload::ofText(std::string text) {
  Payload out;
  out.value_ = base::Json();
  out.has_value_ = false;
  out.text_ = std::make_shared<const std::string>(std::move(text));
  return out;
}

const base::Json& Payload::value() const {
  if (!has_value_) {
    auto parsed = base::Json::parse(*text_);
    if (parsed.ok()) value_ = std::move(parsed).value();
    has_value_ = true;
  }
  return value_;
}

bool Payload::fits() const {
  if (known_to_fit_) return true;
  if (text_ && text_->size() > kMaxPayloadBytes) return false;
  if (!withinLimits(value(), kMaxPayloadBytes, kMaxPayloadDepth)) return false;
  known_to_fit_ = text()->size() <= kMaxPayloadBytes;
  return known_to_fit_;
}

const SharedText& Payload::text() const {
  if (!text_) text_ = std::make_shared<const std::string>(writeJson(value_));
  return text_;
}

std::string_view statusName(ExecutionStatus status) {
  switch (status) {
    case ExecutionStatus::Running:
      return "RUNNING";
    case ExecutionStatus::Succeeded:
      return "SUCCEEDED";
    case ExecutionStatus::Failed:
      return "FAILED";
    case ExecutionStatus::TimedOut:
      return "TIMED_OUT";
    case ExecutionStatus::Aborted:
      return "ABORTED";
  }
  return "";
}

Branch* Workspace::branch(std::uint64_t id) {
  const auto found = branches_.find(id);
  if (found != branches_.end()) return found->second.get();
  if (source_ == nullptr) return nullptr;
  auto loaded = source_->loadBranch(id);
  if (!loaded) return nullptr;
  return (branches_[id] = std::make_unique<Branch>(*std::move(loaded))).get();
}

Join* Workspace::join(std::uint64_t id) {
  const auto found = joins_.find(id);
  if (found != joins_.end()) return found->second.get();
  if (source_ == nullptr) return nullptr;
  auto loaded = source_->loadJoin(id);
  if (!loaded) return nullptr;
  return (joins_[id] = std::make_unique<Join>(*std::move(loaded))).get();
}

Branch& Workspace::add(Branch branch) {
  const std::uint64_t id = branch.id;
  return *(branches_[id] = std::make_unique<Branch>(std::move(branch)));
}

Join& Workspace::add(Join join) {
  const std::uint64_t id = join.id;
  return *(joins_[id] = std::make_unique<Join>(std::move(join)));
}

base::Json Workspace::item(std::uint64_t join, std::int64_t index) {
  if (const auto found = map_data_.find(join); found != map_data_.end()) {
    return found->second.items[static_cast<std::size_t>(index)];
  }
  return source_ != nullptr ? source_->loadItem(join, index) : base::Json();
}

base::Json Workspace::mapInput(std::uint64_t join) {
  if (const auto found = map_data_.find(join); found != map_data_.end()) return found->second.input;
  return source_ != nullptr ? source_->loadMapInput(join) : base::Json();
}

void Workspace::eraseBranch(std::uint64_t id) {
  if (source_ != nullptr) {
    branches_[id] = nullptr;
  } else {
    branches_.erase(id);
  }
}

void Workspace::eraseJoin(std::uint64_t id) {
  if (source_ != nullptr) {
    joins_[id] = nullptr;
  } else {
    joins_.erase(id);
  }
  results_.erase(id);
  map_data_.erase(id);
}

std::vector<std::uint64_t> Workspace::branchesOf(std::uint64_t join) {
  std::vector<std::uint64_t> out;
  for (const auto& [id, branch] : branches_) {
    if (branch && branch->join == join) out.push_back(id);
  }
  if (source_ != nullptr) {
    for (const std::uint64_t id : source_->branchesOf(join)) {
      if (branches_.count(id) == 0) out.push_back(id);
    }
    std::sort(out.begin(), out.end());
  }
  return out;
}

void Workspace::putResult(std::uint64_t join, std::int64_t index, Payload result) {
  results_[join][index] = std::move(result);
}

std::map<std::int64_t, Payload> Workspace::takeResults(std::uint64_t join) {
  std::map<std::int64_t, Payload> out;
  if (source_ != nullptr) out = source_->takeResults(join);
  if (const auto found = results_.find(join); found != results_.end()) {
    for (auto& [index, payload] : found->second) out[index] = std::move(payload);
    results_.erase(found);
  }
  return out;
}

}  // namespace thimble::lang::asl
