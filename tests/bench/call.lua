-- Calls of a JSON protocol over many connections. Arguments: the signature's service, the target, the body, in which "{n}"
-- becomes a text that no other call has. Without arguments: plain GETs.
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end
function init(args)
  count = 0
  if #args == 0 then return end
  before, after = args[3]:match("^(.*){n}(.*)$")
  whole = args[3]
  prefix = args[4] or ""
  local day = os.date("!%Y%m%d")
  headers = {
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=test/" .. day .. "/eu-west-1/" .. args[1] .. "/aws4_request, SignedHeaders=host;x-amz-date, Signature=" .. string.rep("0", 64),
    ["X-Amz-Date"] = os.date("!%Y%m%dT%H%M%SZ"),
    ["X-Amz-Target"] = args[2],
    ["Content-Type"] = "application/x-amz-json-1.0",
  }
end
function request()
  if not headers then return wrk.format("GET") end
  count = count + 1
  local body = before and (before .. prefix .. number .. "-" .. count .. after) or whole
  return wrk.format("POST", "/", headers, body)
end
function done(summary, latency)
  io.write(string.format("RESULT %d %d %.3f %.3f\n", summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
  io.write(string.format("ERRORS %d\n", summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write))
end
