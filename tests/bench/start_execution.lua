-- StartExecution with a new name for each request. Arguments: state machine ARN, a prefix of the names.
local arn, prefix
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end
function init(args)
  arn, prefix = args[1], args[2]
  count = 0
  local day = os.date("!%Y%m%d")
  headers = {
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=test/" .. day .. "/eu-west-1/states/aws4_request, SignedHeaders=host;x-amz-date, Signature=" .. string.rep("0", 64),
    ["X-Amz-Date"] = os.date("!%Y%m%dT%H%M%SZ"),
    ["X-Amz-Target"] = "AWSStepFunctions.StartExecution",
    ["Content-Type"] = "application/x-amz-json-1.0",
  }
end
function request()
  count = count + 1
  local body = string.format('{"stateMachineArn":"%s","name":"%s-%d-%d","input":"{\\"n\\":%d}"}', arn, prefix, number, count, count)
  return wrk.format("POST", "/", headers, body)
end
failures = 0
function response(status)
  if status ~= 200 then failures = failures + 1 end
end
function done(summary, latency)
  io.write(string.format("RESULT %d %d %.3f %.3f\n", summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
  io.write(string.format("ERRORS %d\n", summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
