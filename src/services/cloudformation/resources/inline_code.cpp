#include "services/cloudformation/resources/inline_code.h"

#include "base/zip.h"

namespace thimble::services::cloudformation {
namespace {

constexpr std::string_view kPythonModule = R"(import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in CloudWatch Log Stream: {}".format(context.log_stream_name),
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    })
    print("Response body:", body)
    request = urllib.request.Request(event["ResponseURL"], body.encode(), {"Content-Type": ""}, method="PUT")
    try:
        with urllib.request.urlopen(request) as answer:
            print("Status code:", answer.status)
    except Exception as error:
        print("The response could not be sent:", error)
)";

constexpr std::string_view kNodeModule = R"(exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  return new Promise((resolve) => {
    const end = () => {
      context.done();
      resolve();
    };
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    console.log("Response body:\n", body);
    const url = new URL(event.ResponseURL);
    const request = require(url.protocol === "http:" ? "http" : "https").request(
      url, { method: "PUT", headers: { "content-type": "", "content-length": Buffer.byteLength(body) } },
      (answer) => {
        console.log("Status code: " + answer.statusCode);
        answer.resume();
        end();
      });
    request.on("error", (error) => {
      console.log("The response could not be sent: " + error);
      end();
    });
    request.end(body);
  });
};
)";

}  // namespace

std::string inlineCodeArchive(std::string_view runtime, std::string_view code) {
  const bool node = runtime.starts_with("nodejs");
  std::vector<base::ZipMember> members = {{node ? "index.js" : "index.py", code}};
  if (node && code.find("cfn-response") != std::string_view::npos) {
    members.push_back({"node_modules/cfn-response/index.js", kNodeModule});
  } else if (!node && code.find("cfnresponse") != std::string_view::npos) {
    members.push_back({"cfnresponse.py", kPythonModule});
  }
  return base::zipOf(members);
}

}  // namespace thimble::services::cloudformation
