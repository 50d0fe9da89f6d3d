#include "services/codebuild/records.h"

#include "base/arn.h"
#include "services/codebuild/document_rows.h"
#include "services/codebuild/errors.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;
using rows::Record;

constexpr store::Table<Record> kProjects("codebuild.project");
constexpr store::Table<Record> kBuilds("codebuild.build");
constexpr store::Table<Record> kBuildTimes("codebuild.build_time");
constexpr store::Table<Record> kProjectBuilds("codebuild.project_build");
constexpr store::Table<Record> kActive("codebuild.active");
constexpr store::Table<Record> kTokens("codebuild.token");

constexpr std::int64_t kTokenMilliseconds = 5 * 60 * 1000;

}  // namespace

std::optional<Json> findProject(store::Transaction& transaction, const Place& place, const std::string& name) {
  return unpackFound(kProjects.get(transaction, place.account, place.region, name));
}

void putProject(store::Transaction& transaction, const Place& place, const Json& document) {
  kProjects.put(transaction, pack(document), place.account, place.region, document["Project"].stringAt("name"));
}

void eraseProject(store::Transaction& transaction, const Place& place, const std::string& name) {
  kProjects.erase(transaction, place.account, place.region, name);
}

std::vector<std::pair<std::string, Json>> listProjects(store::Transaction& transaction, const Place& place) {
  std::vector<std::pair<std::string, Json>> out;
  for (const auto& entry : kProjects.scan(transaction, {}, place.account, place.region)) {
    Json document = unpack(entry.record);
    std::string name = document["Project"].stringAt("name");
    out.emplace_back(std::move(name), std::move(document));
  }
  return out;
}

std::optional<Json> findBuild(store::Transaction& transaction, const Place& place, const std::string& id) {
  return unpackFound(kBuilds.get(transaction, place.account, place.region, id));
}

void putBuild(store::Transaction& transaction, const Place& place, const Json& document) {
  kBuilds.put(transaction, pack(document), place.account, place.region, document["Build"].stringAt("id"));
}

void addBuild(store::Transaction& transaction, const Place& place, const Json& document) {
  putBuild(transaction, place, document);
  const Json& build = document["Build"];
  const Record name = pack(build["id"]);
  kBuildTimes.put(transaction, name, place.account, place.region, build["startTime"].asInt(), build.stringAt("id"));
  kProjectBuilds.put(transaction, name, place.account, place.region, build.stringAt("projectName"),
                     build["buildNumber"].asInt(), build.stringAt("id"));
}

void eraseBuild(store::Transaction& transaction, const Place& place, const Json& document) {
  const Json& build = document["Build"];
  const std::string id = build.stringAt("id");
  kBuilds.erase(transaction, place.account, place.region, id);
  kBuildTimes.erase(transaction, place.account, place.region, build["startTime"].asInt(), id);
  kProjectBuilds.erase(transaction, place.account, place.region, build.stringAt("projectName"),
                       build["buildNumber"].asInt(), id);
}

BuildList listBuilds(store::Transaction& transaction, const Place& place, const std::string& project, bool ascending,
                     const std::string& after, std::size_t limit) {
  store::ScanOptions options;
  options.reverse = !ascending;
  options.limit = limit + 1;
  const auto rows = project.empty()
                        ? kBuildTimes.scanAfter(transaction, after, options, place.account, place.region)
                        : kProjectBuilds.scanAfter(transaction, after, options, place.account, place.region, project);
  BuildList list;
  for (const auto& row : rows) {
    if (list.ids.size() == limit) break;
    list.ids.push_back(unpack(row.record).asString());
    if (list.ids.size() == limit && rows.size() > limit) list.next = row.key;
  }
  return list;
}

void putActive(store::Transaction& transaction, const Place& place, const std::string& project, const std::string& id) {
  kActive.put(transaction, Record(), place.account, place.region, project, id);
}

void eraseActive(store::Transaction& transaction, const Place& place, const std::string& project,
                 const std::string& id) {
  kActive.erase(transaction, place.account, place.region, project, id);
}

std::size_t countActive(store::Transaction& transaction, const Place& place, const std::string& project) {
  return kActive.scan(transaction, {}, place.account, place.region, project).size();
}

std::optional<std::string> findToken(store::Transaction& transaction, const Place& place, const std::string& project,
                                     const std::string& token, base::Timestamp now) {
  const std::optional<Json> row = unpackFound(kTokens.get(transaction, place.account, place.region, project, token));
  if (!row || (*row)["Until"].asInt() < now.milliseconds) return std::nullopt;
  return row->stringAt("Id");
}

void putToken(store::Transaction& transaction, const Place& place, const std::string& project, const std::string& token,
              const std::string& id, base::Timestamp now) {
  kTokens.put(transaction, pack(Json::object({{"Id", id}, {"Until", now.milliseconds + kTokenMilliseconds}})),
              place.account, place.region, project, token);
}

std::string projectName(const Place& place, const std::string& text) {
  const std::string prefix = place.projectArn("");
  return text.compare(0, prefix.size(), prefix) == 0 ? text.substr(prefix.size()) : text;
}

std::string projectOf(const std::string& build_id) {
  const std::size_t colon = build_id.find(':');
  return colon == std::string::npos || colon + 1 == build_id.size() ? std::string() : build_id.substr(0, colon);
}

base::Result<std::string> readBuildId(const Place& place, const std::string& text) {
  const std::string prefix = place.buildArn("");
  const std::string id = text.compare(0, prefix.size(), prefix) == 0 ? text.substr(prefix.size()) : text;
  if (id.compare(0, 4, "arn:") == 0 || projectOf(id).empty()) return invalidBuildId();
  return id;
}

dispatch::ProcessReference buildProcess(const Place& place, const std::string& id) {
  return {std::string(kBuildProcess), place.account + "/" + place.region + "/" + id};
}

std::pair<Place, std::string> readBuildProcess(const std::string& process_id) {
  const std::size_t first = process_id.find('/');
  const std::size_t second = process_id.find('/', first + 1);
  return {{process_id.substr(0, first), process_id.substr(first + 1, second - first - 1)},
          process_id.substr(second + 1)};
}

}  // namespace thimble::services::codebuild
