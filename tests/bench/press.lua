-- POSTs to the button's API. Arguments: path, state machine ARN, prefix of the names.
function init(args)
  path, arn, prefix = args[1], args[2], args[3]
  count = 0
end
function request()
  count = count + 1
  local input = '{\\"pipeline_name\\":\\"RestaurantService_pipeline\\",\\"notifier\\":\\"none\\"}'
  local body = string.format('{"stateMachineArn":"%s","name":"%s-%d","input":"%s"}', arn, prefix, count, input)
  return wrk.format("POST", path, {["Content-Type"] = "application/json"}, body)
end
function done(summary, latency)
  io.write(string.format("RESULT %d %d %.3f %.3f\n", summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
  io.write(string.format("ERRORS %d\n", summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
