// The rule DeploymentWindow: holds at the times of a cron expression; at others it waits for the next of them.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
#include <algorithm>
#include <fstream>
#include <iterator>

#include "lang/schedule/cron.h"
#include "lang/schedule/time_zone.h"
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

using lang::schedule::Cron;
using lang::schedule::TimeZone;

constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo/";

/// Abbreviations that are no zone files, as Java's time zones have them.
constexpr std::pair<std::string_view, std::string_view> kAbbreviations[] = {
    {"ACT", "Australia/Darwin"},     {"AET", "Australia/Sydney"},
    {"AGT", "America/Buenos_Aires"}, {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},           {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},     {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},        {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},         {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},         {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},         {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},     {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},      {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},  {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
};

bool isZoneName(std::string_view name) {
  return !name.empty() && name.size() < 64 && name[0] != '/' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
}

/// "UTC", "UTC+05:30", "Europe/Berlin", "PST".
std::optional<TimeZone> findZone(std::string name) {
  if (name.empty() || name == "UTC") return TimeZone();
  // POSIX counts to the west.
  if (name.starts_with("UTC+")) return TimeZone::parseRule("UTC-" + name.substr(4));
  if (name.starts_with("UTC-")) return TimeZone::parseRule("UTC+" + name.substr(4));
  for (const auto& [abbreviation, zone] : kAbbreviations) {
    if (name == abbreviation) name = zone;
  }
  if (!isZoneName(name)) return std::nullopt;
  std::ifstream file(std::string(kZoneFolder) + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return TimeZone::parseFile(bytes);
}

/// Seconds, then the fields of AWS's other cron expressions; the year may be left out. Seconds do not count.
std::optional<Cron> parseCron(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  const std::size_t end = text.find(' ', begin);
  if (begin == std::string::npos || end == std::string::npos) return std::nullopt;
  const std::string fields = text.substr(end);
  const auto with_year = Cron::parse(fields);
  return with_year ? with_year : Cron::parse(fields + " *");
}

class DeploymentWindow final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, base::Json&) const override {
    const std::string expression = input.configuration.stringAt("Cron");
    const auto cron = parseCron(expression);
    if (!cron) return ActionStep::fail("ConfigurationError", "The Cron expression " + expression + " is not valid.");
    const std::string name = input.configuration.stringAt("TimeZone");
    const auto zone = findZone(name);
    if (!zone) return ActionStep::fail("ConfigurationError", "The TimeZone " + name + " is not known.");

    const std::string window = "The deployment window " + expression + (name.empty() ? "" : " (" + name + ")");
    const base::Timestamp local = input.now.plusMilliseconds(zone->offset(input.now));
    const auto next = cron->next(local.plusMilliseconds(-kMinute));
    ActionReport report;
    if (next && *next <= local) {
      report.summary = window + " is open.";
      return ActionStep::succeed(std::move(report));
    }
    if (!next) return ActionStep::fail("JobFailed", window + " does not open any more.");
    const base::Timestamp guess = next->plusMilliseconds(-zone->offset(input.now));
    const base::Timestamp opens = next->plusMilliseconds(-zone->offset(guess));
    report.summary = window + " opens at " + base::formatIso8601Seconds(opens) + ".";
    ActionStep step;
    step.kind = ActionStep::Kind::Pause;
    // Where the clocks are set the guess may be early: then this looks again in a minute.
    step.pause = opens > input.now ? opens.milliseconds - input.now.milliseconds : kMinute;
    step.report = std::move(report);
    return step;
  }

  ActionStep resumed(const ActionInput& input, base::Json& progress) const override { return begin(input, progress); }

  std::int64_t timeout(const ActionInput&) const override { return 7 * kDay; }
};

}  // namespace

const ActionProvider& deploymentWindow() {
  static const DeploymentWindow provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
