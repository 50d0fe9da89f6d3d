// The settings of text messages, none of which is ever sent: so no number has opted out either.
// https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html and the pages beside it
#include <algorithm>
#include <set>

#include "services/sns/errors.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using namespace shapes::sns;  // NOLINT: the operations of this file
using Attributes = std::map<std::string, std::string>;

base::ApiError refusal(const std::string& message) {
  return {"InvalidParameter", message, 400};
}

base::Result<SetSMSAttributes::Output> set(dispatch::Context& context, const SetSMSAttributes::Input& input) {
  static const std::set<std::string, std::less<>> kKnown = {
      "MonthlySpendLimit", "DeliveryStatusIAMRole", "DeliveryStatusSuccessSamplingRate",
      "DefaultSenderID",   "DefaultSMSType",        "UsageReportS3Bucket"};
  for (const auto& [name, value] : input.attributes_) {
    if (!kKnown.contains(name)) return refusal(name + " is not a valid attribute");
    if (name == "DefaultSMSType" && value != "Promotional" && value != "Transactional") {
      return refusal("DefaultSMSType is invalid");
    }
    if (name == "DefaultSenderID") {
      const bool valid =
          value.size() <= 11 &&
          std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; }) &&
          std::any_of(value.begin(), value.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
      if (!valid) return refusal("DefaultSenderID is not a valid attribute");
    }
  }
  rows::SmsSettings settings =
      kSmsSettings.get(context.transaction(), context.account(), context.region()).value_or(rows::SmsSettings());
  for (const auto& [name, value] : input.attributes_) (*settings.mutable_attributes())[name] = value;
  kSmsSettings.put(context.transaction(), settings, context.account(), context.region());
  return SetSMSAttributes::Output();
}

base::Result<GetSMSAttributes::Output> get(dispatch::Context& context, const GetSMSAttributes::Input& input) {
  const auto settings =
      kSmsSettings.get(context.transaction(), context.account(), context.region()).value_or(rows::SmsSettings());
  Attributes attributes(settings.attributes().begin(), settings.attributes().end());
  attributes.try_emplace("MonthlySpendLimit", "1");
  if (input.attributes_ && !input.attributes_->empty()) {
    const auto& wanted = *input.attributes_;
    std::erase_if(attributes, [&](const auto& attribute) {
      return std::find(wanted.begin(), wanted.end(), attribute.first) == wanted.end();
    });
  }
  GetSMSAttributes::Output output;
  output.attributes_ = std::move(attributes);
  return output;
}

/// E.164: a plus and up to fifteen digits.
base::Result<void> checkNumber(const std::string& number) {
  const bool valid =
      number.size() > 2 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
      std::all_of(number.begin() + 1, number.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!valid) return invalidParameter("PhoneNumber Reason: input incorrectly formatted");
  return {};
}

base::Result<CheckIfPhoneNumberIsOptedOut::Output> check(dispatch::Context&,
                                                         const CheckIfPhoneNumberIsOptedOut::Input& input) {
  TRY(checkNumber(input.phoneNumber_));
  CheckIfPhoneNumberIsOptedOut::Output output;
  output.isOptedOut_ = false;
  return output;
}

base::Result<OptInPhoneNumber::Output> optIn(dispatch::Context&, const OptInPhoneNumber::Input& input) {
  TRY(checkNumber(input.phoneNumber_));
  return OptInPhoneNumber::Output();
}

base::Result<ListPhoneNumbersOptedOut::Output> list(dispatch::Context&, const ListPhoneNumbersOptedOut::Input&) {
  ListPhoneNumbersOptedOut::Output output;
  output.phoneNumbers_.emplace();
  return output;
}

}  // namespace

void registerSms(dispatch::Registry& registry) {
  registry.add<SetSMSAttributes>(set);
  registry.add<GetSMSAttributes>(get);
  registry.add<CheckIfPhoneNumberIsOptedOut>(check);
  registry.add<OptInPhoneNumber>(optIn);
  registry.add<ListPhoneNumbersOptedOut>(list);
}

}  // namespace thimble::services::sns
