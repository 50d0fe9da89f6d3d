#include "services/codebuild/build_events.h"

#include <cstdio>
#include <ctime>

namespace thimble::services::codebuild {
namespace {

using base::Json;

/// "Sep 1, 2017 4:12:29 PM".
std::string eventTime(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int hour = parts.tm_hour % 12 == 0 ? 12 : parts.tm_hour % 12;
  char text[64];
  std::snprintf(text, sizeof text, "%s %d, %d %d:%02d:%02d %s", kMonths[parts.tm_mon], parts.tm_mday,
                parts.tm_year + 1900, hour, parts.tm_min, parts.tm_sec, parts.tm_hour < 12 ? "AM" : "PM");
  return text;
}

Json eventPhase(const Json& phase) {
  Json out = Json::object();
  const Json& contexts = phase["contexts"];
  if (contexts.isArray()) {
    Json texts = Json::array();
    for (const Json& each : contexts.asArray()) {
      texts.push(each.stringAt("statusCode") + ": " + each.stringAt("message"));
    }
    out.set("phase-context", std::move(texts));
  }
  out.set("start-time", eventTime(phase["startTime"].asInt()));
  if (phase.contains("endTime")) {
    out.set("end-time", eventTime(phase["endTime"].asInt()));
    out.set("duration-in-seconds", phase["durationInSeconds"]);
  }
  out.set("phase-type", phase.stringAt("phaseType"));
  if (phase.contains("phaseStatus")) out.set("phase-status", phase["phaseStatus"]);
  return out;
}

Json information(const Json& build) {
  Json variables = Json::array();
  const Json& environment = build["environment"];
  if (environment["environmentVariables"].isArray()) {
    for (const Json& each : environment["environmentVariables"].asArray()) variables.push(each);
  }
  Json out = Json::object();
  Json artifacts = Json::object();
  if (build["artifacts"].contains("md5sum")) artifacts.set("md5sum", build["artifacts"]["md5sum"]);
  if (build["artifacts"].contains("sha256sum")) artifacts.set("sha256sum", build["artifacts"]["sha256sum"]);
  artifacts.set("location", build["artifacts"].stringAt("location"));
  out.set("artifact", std::move(artifacts));
  out.set("environment", Json::object({{"image", environment["image"]},
                                       {"privileged-mode", environment["privilegedMode"]},
                                       {"compute-type", environment["computeType"]},
                                       {"type", environment["type"]},
                                       {"environment-variables", std::move(variables)}}));
  out.set("timeout-in-minutes", build["timeoutInMinutes"]);
  out.set("build-complete", build["buildComplete"]);
  out.set("build-number", build["buildNumber"]);
  out.set("initiator", build.stringAt("initiator"));
  out.set("build-start-time", eventTime(build["startTime"].asInt()));
  if (build.contains("endTime")) out.set("build-end-time", eventTime(build["endTime"].asInt()));
  out.set("source", Json::object({{"location", build["source"].stringAt("location")},
                                  {"type", build["source"].stringAt("type")}}));
  if (!build.stringAt("sourceVersion").empty()) out.set("source-version", build["sourceVersion"]);
  const Json& logs = build["logs"];
  out.set("logs", Json::object({{"group-name", logs.stringAt("groupName")},
                                {"stream-name", logs.stringAt("streamName")},
                                {"deep-link", logs.stringAt("deepLink")}}));
  return out;
}

dispatch::Event event(const Place& place, const Json& build, std::string type) {
  dispatch::Event out;
  out.account = place.account;
  out.region = place.region;
  out.source = "aws.codebuild";
  out.detail_type = std::move(type);
  out.resources = {build.stringAt("arn")};
  return out;
}

}  // namespace

dispatch::Event stateChange(const Place& place, const Json& build) {
  dispatch::Event out = event(place, build, "CodeBuild Build State Change");
  Json phases = Json::array();
  for (const Json& phase : build["phases"].asArray()) phases.push(eventPhase(phase));
  Json more = information(build);
  more.set("phases", std::move(phases));
  out.detail = Json::object({{"build-status", build["buildStatus"]},
                             {"project-name", build["projectName"]},
                             {"build-id", build["arn"]},
                             {"additional-information", std::move(more)},
                             {"current-phase", build["currentPhase"]},
                             {"current-phase-context", "[]"},
                             {"version", "1"}});
  return out;
}

dispatch::Event phaseChange(const Place& place, const Json& build, const Json& phase) {
  dispatch::Event out = event(place, build, "CodeBuild Build Phase Change");
  std::string context = "[";
  const Json& contexts = phase["contexts"];
  if (contexts.isArray()) {
    for (const Json& each : contexts.asArray()) {
      if (context.size() > 1) context += ", ";
      context += each.stringAt("statusCode") + ": " + each.stringAt("message");
    }
  }
  out.detail = Json::object({{"completed-phase", phase["phaseType"]},
                             {"project-name", build["projectName"]},
                             {"build-id", build["arn"]},
                             {"completed-phase-context", context + "]"},
                             {"additional-information", information(build)},
                             {"completed-phase-status", phase["phaseStatus"]},
                             {"completed-phase-duration-seconds", phase["durationInSeconds"]},
                             {"version", "1"},
                             {"completed-phase-start", eventTime(phase["startTime"].asInt())},
                             {"completed-phase-end", eventTime(phase["endTime"].asInt())}});
  return out;
}

}  // namespace thimble::services::codebuild
