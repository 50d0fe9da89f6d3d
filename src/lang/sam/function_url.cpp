// FunctionUrlConfig.
#include "lang/sam/fault.h"
#include "lang/sam/function.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

void checkCors(const Value& cors, const std::string& id) {
  if (!cors.truthy() || isIntrinsic(cors)) return;
  expectMap(cors, ofResource(id), "FunctionUrlConfig.Cors");
  for (const auto& [name, value] : cors.members()) {
    const std::string& key = name.text;
    const bool is_list =
        key == "AllowOrigins" || key == "AllowMethods" || key == "AllowHeaders" || key == "ExposeHeaders";
    if (!is_list && key != "AllowCredentials" && key != "MaxAge") {
      failResource(id, key + " is not a valid property for configuring Cors.");
    }
    if (isIntrinsic(value)) continue;
    const bool fits = is_list ? value.isList() : key == "MaxAge" ? value.isInt() : value.isBool();
    if (!fits)
      failResource(id, key + " must be of type " + (is_list ? "list" : key == "MaxAge" ? "int" : "bool") + ".");
  }
}

}  // namespace

Resources makeFunctionUrl(const Macro& macro, const Resource& function, const Resource* alias) {
  const Value config = macro["FunctionUrlConfig"];
  const std::string& id = function.logical_id.text;
  const Value auth_type = config["AuthType"];
  if (!isIntrinsic(config)) {
    if (!(auth_type.truthy() && isIntrinsic(auth_type)) && !auth_type.is("AWS_IAM") && !auth_type.is("NONE")) {
      failResource(id,
                   "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either "
                   "AWS_IAM or NONE.");
    }
    checkCors(config["Cors"], id);
  }
  const Value attributes = passedThrough(macro.attributes);
  const Value target = nameOf(alias == nullptr ? function : *alias);
  Resources made{makeResource("AWS::Lambda::Url", id + "Url", attributes)};
  Resource& url = *made.back();
  if (config["Cors"].truthy()) url.set("Cors", config["Cors"]);
  url.set("AuthType", auth_type);
  url.set("TargetFunctionArn", target);
  url.set("InvokeMode", config["InvokeMode"]);
  if (!auth_type.is("NONE") || isIntrinsic(config)) return made;

  made.push_back(makeResource("AWS::Lambda::Permission", id + "UrlPublicPermissions", attributes));
  made.back()->set("Action", "lambda:InvokeFunctionUrl");
  made.back()->set("FunctionName", target);
  made.back()->set("Principal", "*");
  made.back()->set("FunctionUrlAuthType", auth_type);
  made.push_back(makeResource("AWS::Lambda::Permission", id + "URLInvokeAllowPublicAccess", attributes));
  made.back()->set("Action", "lambda:InvokeFunction");
  made.back()->set("FunctionName", target);
  made.back()->set("Principal", "*");
  made.back()->set("InvokedViaFunctionUrl", true);
  return made;
}

}  // namespace thimble::lang::sam
