-- One operation of DynamoDB again and again. Arguments: kind, table, a prefix of keys, how many keys.
local kind, table_name, prefix, keys
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end
local targets = {put = "PutItem", get = "GetItem", query = "Query", update = "UpdateItem", transact = "TransactWriteItems", batch = "BatchWriteItem"}
local filler = string.rep("x", 980)
function init(args)
  kind, table_name, prefix, keys = args[1], args[2], args[3], tonumber(args[4])
  count = 0
  math.randomseed(os.time() + number * 7919)
  local day = os.date("!%Y%m%d")
  headers = {
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=test/" .. day .. "/eu-west-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=" .. string.rep("0", 64),
    ["X-Amz-Date"] = os.date("!%Y%m%dT%H%M%SZ"),
    ["X-Amz-Target"] = "DynamoDB_20120810." .. targets[kind],
    ["Content-Type"] = "application/x-amz-json-1.0",
  }
end
local function item(key)
  return string.format('{"p":{"S":"%s"},"s":{"N":"0"},"n":{"N":"1"},"d":{"S":"%s"}}', key, filler)
end
local function fresh()
  count = count + 1
  return string.format("%s-%d-%d", prefix, number, count)
end
function request()
  local body
  if kind == "put" then
    body = string.format('{"TableName":"%s","Item":%s}', table_name, item(fresh()))
  elseif kind == "get" then
    body = string.format('{"TableName":"%s","Key":{"p":{"S":"%s-%d"},"s":{"N":"0"}},"ConsistentRead":true}', table_name, prefix, math.random(keys))
  elseif kind == "query" then
    body = string.format('{"TableName":"%s","KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"%s-%d"}}}', table_name, prefix, math.random(keys))
  elseif kind == "update" then
    body = string.format('{"TableName":"%s","Key":{"p":{"S":"%s-%d"},"s":{"N":"0"}},"UpdateExpression":"SET n = n + :one","ConditionExpression":"attribute_exists(p) AND n >= :one","ExpressionAttributeValues":{":one":{"N":"1"}}}', table_name, prefix, math.random(keys))
  elseif kind == "transact" then
    local puts = {}
    for i = 1, 4 do puts[i] = string.format('{"Put":{"TableName":"%s","Item":%s}}', table_name, item(fresh())) end
    body = '{"TransactItems":[' .. table.concat(puts, ",") .. "]}"
  else
    local puts = {}
    for i = 1, 25 do puts[i] = '{"PutRequest":{"Item":' .. item(fresh()) .. "}}" end
    body = string.format('{"RequestItems":{"%s":[%s]}}', table_name, table.concat(puts, ","))
  end
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
