-- One operation of DynamoDB again and again. Arguments: kind, table, a prefix of keys, how many keys. The kind "load"
-- writes that many items once, ten to a partition, takes the number of threads as another argument, and tells when a
-- thread's share is written, since wrk itself goes on until it is told to end. The others take "anew" there: every
-- request is then put together when it is sent, so that tables of different sizes cost the client the same.
local kind, table_name, prefix, keys, threads, anew
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end
local targets = {put = "PutItem", get = "GetItem", query = "Query", update = "UpdateItem", transact = "TransactWriteItems", batch = "BatchWriteItem", load = "BatchWriteItem"}
local filler = string.rep("x", 980)
local count_answer
function init(args)
  kind, table_name, prefix, keys, threads = args[1], args[2], args[3], tonumber(args[4]), tonumber(args[5])
  anew = args[5] == "anew"
  -- wrk takes every answer apart when there is such a function, which costs it more than the rest of its work.
  response = kind == "load" and count_answer or nil
  count = 0
  answered = 0
  share = kind == "load" and math.floor((keys / 25 - number + threads - 1) / threads) or 0
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
-- Texts that compress little, so that a table is as large as its items.
local fillers = {}
local function filler_of(item)
  local place = item % 997
  if not fillers[place] then
    local letters = {}
    for i = 1, 100 do letters[i] = string.char(97 + math.random(0, 25)) end
    fillers[place] = table.concat(letters)
  end
  return fillers[place]
end
-- The thread's next batch of a load, round and round: wrk makes one request to look at and does not send it.
local function loaded_batch()
  count = count % share + 1
  local first = ((count - 1) * threads + number) * 25
  local puts = {}
  for i = first, first + 24 do
    puts[i - first + 1] = string.format('{"PutRequest":{"Item":{"p":{"S":"%s-%d"},"s":{"N":"%d"},"d":{"S":"%s"}}}}', prefix, math.floor(i / 10), i % 10, filler_of(i))
  end
  return table.concat(puts, ",")
end
-- A request for the same key is made once: putting it together costs this client more than sending it.
local most_kept = 10000
local made = {}
function request()
  if kind == "load" or keys == 0 then return make() end
  local key = math.random(keys)
  if anew or keys > most_kept then return make(key) end
  made[key] = made[key] or make(key)
  return made[key]
end
function make(key)
  local body
  if kind == "put" then
    body = string.format('{"TableName":"%s","Item":%s}', table_name, item(fresh()))
  elseif kind == "get" then
    body = string.format('{"TableName":"%s","Key":{"p":{"S":"%s-%d"},"s":{"N":"0"}},"ConsistentRead":true}', table_name, prefix, key)
  elseif kind == "query" then
    body = string.format('{"TableName":"%s","KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"%s-%d"}}}', table_name, prefix, key)
  elseif kind == "update" then
    body = string.format('{"TableName":"%s","Key":{"p":{"S":"%s-%d"},"s":{"N":"0"}},"UpdateExpression":"SET n = n + :one","ConditionExpression":"attribute_exists(p) AND n >= :one","ExpressionAttributeValues":{":one":{"N":"1"}}}', table_name, prefix, key)
  elseif kind == "transact" then
    local puts = {}
    for i = 1, 4 do puts[i] = string.format('{"Put":{"TableName":"%s","Item":%s}}', table_name, item(fresh())) end
    body = '{"TransactItems":[' .. table.concat(puts, ",") .. "]}"
  elseif kind == "load" then
    body = string.format('{"RequestItems":{"%s":[%s]}}', table_name, loaded_batch())
  else
    local puts = {}
    for i = 1, 25 do puts[i] = '{"PutRequest":{"Item":' .. item(fresh()) .. "}}" end
    body = string.format('{"RequestItems":{"%s":[%s]}}', table_name, table.concat(puts, ","))
  end
  return wrk.format("POST", "/", headers, body)
end
function count_answer()
  answered = answered + 1
  -- Answers of a connection are in the order of its requests: so many more, and none of the share is missing.
  if kind == "load" and answered == share + 64 then
    io.write("LOADED\n")
    io.flush()
  end
end
function done(summary, latency)
  io.write(string.format("RESULT %d %d %.3f %.3f\n", summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
  io.write(string.format("ERRORS %d\n", summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
