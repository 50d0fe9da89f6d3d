#include "services/states/execution_rows.h"

#include "store/key.h"

namespace thimble::services::states {

using base::Json;
using lang::asl::Branch;
using lang::asl::HistoryEvent;
using lang::asl::Join;
using lang::asl::Payload;
using lang::asl::SharedText;

namespace {

/// Where a Map's effective input lies among its items.
constexpr std::int64_t kMapInput = -1;

std::int64_t number(std::uint64_t id) {
  return static_cast<std::int64_t>(id);
}

Json json(const std::string& text) {
  if (text.empty()) return {};
  auto value = Json::parse(text);
  return value.ok() ? std::move(value).value() : Json();
}

rows::Branch rowOf(const Branch& branch) {
  rows::Branch row;
  row.set_id(branch.id);
  row.set_join(branch.join);
  row.set_index(branch.index);
  row.set_state(branch.state);
  row.set_phase(static_cast<int>(branch.phase));
  row.set_data(*branch.data.text());
  row.set_previous(branch.previous);
  row.set_entered_event(branch.entered_event);
  row.set_entered_time(branch.entered_time);
  row.set_attempt(branch.attempt);
  for (const int count : branch.retries) row.add_retries(count);
  row.set_retry_count(branch.retry_count);
  row.set_token(branch.token);
  row.set_started(branch.started);
  row.set_submitted(branch.submitted);
  row.set_heartbeat_seconds(branch.heartbeat_seconds);
  row.set_heartbeat_deadline(branch.heartbeat_deadline);
  row.set_inner(branch.inner);
  row.set_work_id(branch.work_id);
  row.set_item_index(branch.item_index);
  if (branch.item_index >= 0) row.set_item(lang::asl::writeJson(branch.item));
  return row;
}

rows::Join rowOf(const Join& join) {
  rows::Join row;
  row.set_id(join.id);
  row.set_branch(join.branch);
  row.set_map(join.map);
  row.set_total(join.total);
  row.set_started(join.started);
  row.set_succeeded(join.succeeded);
  row.set_running(join.running);
  row.set_limit(join.limit);
  row.set_follow(join.follow);
  return row;
}

void fill(rows::Event& row, const HistoryEvent& event) {
  row.set_id(event.id);
  row.set_previous(event.previous);
  row.set_time(event.time);
  row.set_type(static_cast<int>(event.type));
  row.set_name(event.name);
  if (event.input) row.set_input(*event.input);
  if (event.output) row.set_output(*event.output);
  if (event.error) row.set_error(*event.error);
  if (event.cause) row.set_cause(*event.cause);
  row.set_resource(event.resource);
  row.set_resource_type(event.resource_type);
  row.set_region(event.region);
  row.set_role(event.role);
  row.set_version_arn(event.version_arn);
  row.set_alias_arn(event.alias_arn);
  if (event.index) row.set_index(*event.index);
  if (event.timeout) row.set_timeout(*event.timeout);
  if (event.heartbeat) row.set_heartbeat(*event.heartbeat);
}

SharedText shared(std::string&& text) {
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

std::optional<Branch> ExecutionRows::loadBranch(std::uint64_t id) {
  auto row = kBranches.get(transaction_, arn_, number(id));
  if (!row) return std::nullopt;
  Branch branch;
  branch.id = row->id();
  branch.join = row->join();
  branch.index = row->index();
  branch.state = row->state();
  branch.phase = static_cast<lang::asl::Phase>(row->phase());
  branch.data = Payload::ofText(std::move(*row->mutable_data()));
  branch.previous = row->previous();
  branch.entered_event = row->entered_event();
  branch.entered_time = row->entered_time();
  branch.attempt = row->attempt();
  branch.retries.assign(row->retries().begin(), row->retries().end());
  branch.retry_count = row->retry_count();
  branch.token = row->token();
  branch.started = row->started();
  branch.submitted = row->submitted();
  branch.heartbeat_seconds = row->heartbeat_seconds();
  branch.heartbeat_deadline = row->heartbeat_deadline();
  branch.inner = row->inner();
  branch.work_id = row->work_id();
  branch.item_index = row->item_index();
  branch.item = json(row->item());
  return branch;
}

std::optional<Join> ExecutionRows::loadJoin(std::uint64_t id) {
  const auto row = kJoins.get(transaction_, arn_, number(id));
  if (!row) return std::nullopt;
  Join join;
  join.id = row->id();
  join.branch = row->branch();
  join.map = row->map();
  join.total = row->total();
  join.started = row->started();
  join.succeeded = row->succeeded();
  join.running = row->running();
  join.limit = row->limit();
  join.follow = row->follow();
  return join;
}

Json ExecutionRows::loadItem(std::uint64_t join, std::int64_t index) {
  const auto row = kItems.get(transaction_, arn_, number(join), index);
  return row ? json(row->text()) : Json();
}

Json ExecutionRows::loadMapInput(std::uint64_t join) {
  return loadItem(join, kMapInput);
}

std::map<std::int64_t, Payload> ExecutionRows::takeResults(std::uint64_t join) {
  std::map<std::int64_t, Payload> out;
  for (auto& entry : kResults.scan(transaction_, {}, arn_, number(join))) {
    store::KeyReader key(entry.key);
    key.text();
    key.text();
    key.number();
    const auto index = key.number();
    out[index.value_or(0)] = Payload::ofText(std::move(*entry.record.mutable_text()));
    transaction_.erase(entry.key);
  }
  return out;
}

std::vector<std::uint64_t> ExecutionRows::branchesOf(std::uint64_t join) {
  std::vector<std::uint64_t> out;
  for (const auto& entry : kBranches.scan(transaction_, {}, arn_)) {
    if (entry.record.join() == join) out.push_back(entry.record.id());
  }
  return out;
}

void ExecutionRows::save(const lang::asl::Workspace& workspace) {
  for (const auto& [id, branch] : workspace.branches()) {
    if (branch) {
      kBranches.put(transaction_, rowOf(*branch), arn_, number(id));
    } else if (id <= stored_up_to_) {
      kBranches.erase(transaction_, arn_, number(id));
    }
  }
  for (const auto& [id, join] : workspace.joins()) {
    if (join) {
      kJoins.put(transaction_, rowOf(*join), arn_, number(id));
    } else {
      kJoins.erase(transaction_, arn_, number(id));
      for (const auto& entry : kItems.scan(transaction_, {}, arn_, number(id))) transaction_.erase(entry.key);
    }
  }
  for (const auto& [join, data] : workspace.mapData()) {
    rows::Result row;
    row.set_text(lang::asl::writeJson(data.input));
    kItems.put(transaction_, row, arn_, number(join), kMapInput);
    for (std::size_t i = 0; i < data.items.size(); ++i) {
      row.set_text(lang::asl::writeJson(data.items[i]));
      kItems.put(transaction_, row, arn_, number(join), static_cast<std::int64_t>(i));
    }
  }
  for (const auto& [join, results] : workspace.results()) {
    for (const auto& [index, payload] : results) {
      rows::Result row;
      row.set_text(*payload.text());
      kResults.put(transaction_, row, arn_, number(join), index);
    }
  }
}

void ExecutionRows::append(const std::vector<HistoryEvent>& events) {
  if (events.empty()) return;
  rows::Events row;
  for (const HistoryEvent& event : events) fill(*row.add_events(), event);
  kEvents.put(transaction_, row, arn_, events.front().id);
}

lang::asl::ExecutionIdentity identityOf(const rows::Execution& row) {
  lang::asl::ExecutionIdentity out;
  out.arn = row.arn();
  out.name = row.name();
  out.machine_arn = row.machine_arn();
  out.machine_name = row.machine_name();
  out.role_arn = row.role_arn();
  out.region = row.region();
  out.start_time = row.start_time();
  out.input = Payload::ofText(row.input());
  out.version_arn = row.version_arn();
  out.alias_arn = row.alias_arn();
  return out;
}

lang::asl::Header headerOf(const rows::Header& row) {
  lang::asl::Header out;
  out.status = static_cast<lang::asl::ExecutionStatus>(row.status());
  out.last_event = row.last_event();
  out.last_time = row.last_time();
  out.last_id = row.last_id();
  out.stop_time = row.stop_time();
  if (row.has_output()) out.output = Payload::ofText(row.output());
  if (row.has_error()) out.error = row.error();
  if (row.has_cause()) out.cause = row.cause();
  out.redrive_count = row.redrive_count();
  out.ready.assign(row.ready().begin(), row.ready().end());
  return out;
}

rows::Header rowOf(const lang::asl::Header& header) {
  rows::Header row;
  row.set_status(static_cast<int>(header.status));
  row.set_last_event(header.last_event);
  row.set_last_time(header.last_time);
  row.set_last_id(header.last_id);
  row.set_stop_time(header.stop_time);
  if (header.status == lang::asl::ExecutionStatus::Succeeded) row.set_output(*header.output.text());
  if (header.error) row.set_error(*header.error);
  if (header.cause) row.set_cause(*header.cause);
  row.set_redrive_count(header.redrive_count);
  for (const std::uint64_t id : header.ready) row.add_ready(id);
  return row;
}

HistoryEvent eventOf(rows::Event row) {
  HistoryEvent event;
  event.id = row.id();
  event.previous = row.previous();
  event.time = row.time();
  event.type = static_cast<lang::asl::EventType>(row.type());
  event.name = row.name();
  if (row.has_input()) event.input = shared(std::move(*row.mutable_input()));
  if (row.has_output()) event.output = shared(std::move(*row.mutable_output()));
  if (row.has_error()) event.error = row.error();
  if (row.has_cause()) event.cause = row.cause();
  event.resource = row.resource();
  event.resource_type = row.resource_type();
  event.region = row.region();
  event.role = row.role();
  event.version_arn = row.version_arn();
  event.alias_arn = row.alias_arn();
  if (row.has_index()) event.index = row.index();
  if (row.has_timeout()) event.timeout = row.timeout();
  if (row.has_heartbeat()) event.heartbeat = row.heartbeat();
  return event;
}

}  // namespace thimble::services::states
