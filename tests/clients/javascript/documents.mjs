// DynamoDB's document client of the AWS SDK for JavaScript v3: what it wrote and what it read, as JSON.
import {CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand, BatchWriteCommand, DynamoDBDocumentClient, ExecuteStatementCommand, GetCommand, paginateQuery,
  paginateScan, PutCommand, TransactGetCommand, TransactWriteCommand, UpdateCommand,
} from "@aws-sdk/lib-dynamodb";

const table = process.argv[2];
const client = new DynamoDBClient({});
const documents = DynamoDBDocumentClient.from(client, {marshallOptions: {removeUndefinedValues: true}});
const send = command => documents.send(command);
const failure = async command => {
  try {
    await send(command);
  } catch (error) {
    return {name: error.name, item: error.Item, reasons: error.CancellationReasons};
  }
};
const pages = async (paginator, input) => {
  const seen = {pages: 0, items: []};
  for await (const page of paginator) {
    seen.pages += 1;
    seen.items.push(...page.Items.map(item => item.sk));
  }
  return seen;
};

await client.send(new CreateTableCommand({
  TableName: table, BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{AttributeName: "pk", AttributeType: "S"}, {AttributeName: "sk", AttributeType: "N"}, {AttributeName: "g", AttributeType: "S"}],
  KeySchema: [{AttributeName: "pk", KeyType: "HASH"}, {AttributeName: "sk", KeyType: "RANGE"}],
  GlobalSecondaryIndexes: [{IndexName: "by-g", Projection: {ProjectionType: "ALL"},
                            KeySchema: [{AttributeName: "g", KeyType: "HASH"}, {AttributeName: "sk", KeyType: "RANGE"}]}],
}));
await waitUntilTableExists({client, minDelay: 1, maxWaitTime: 60}, {TableName: table});

const result = {};
const item = {pk: "a", sk: 1, big: 12345678901234567890n, small: 1.5e-10, texts: new Set(["x", "y"]), numbers: new Set([1, 2]),
              bytes: new Uint8Array([1, 255]), nothing: null, left: undefined, deep: {list: [1, "é", true, {empty: [[]]}]}, g: "G"};
await send(new PutCommand({TableName: table, Item: item}));
const read = (await send(new GetCommand({TableName: table, Key: {pk: "a", sk: 1}}))).Item;
result.read = {...read, big: String(read.big), texts: [...read.texts], numbers: [...read.numbers], bytes: [...read.bytes]};
const updated = (await send(new UpdateCommand({
  TableName: table, Key: {pk: "a", sk: 1}, ReturnValues: "UPDATED_NEW",
  UpdateExpression: "SET deep.#l[9] = :new, n = if_not_exists(n, :zero) + :one ADD numbers :three DELETE texts :x REMOVE deep.#l[0]",
  ExpressionAttributeNames: {"#l": "list"},
  ExpressionAttributeValues: {":new": "new", ":zero": 0, ":one": 1, ":three": new Set([3]), ":x": new Set(["x"])},
}))).Attributes;
result.updated = {n: updated.n, numbers: [...updated.numbers], texts: [...updated.texts]};
result.refused = await failure(new PutCommand({TableName: table, Item: {pk: "a", sk: 1}, ConditionExpression: "attribute_not_exists(pk)",
                                               ReturnValuesOnConditionCheckFailure: "ALL_OLD"}));
result.refused = {name: result.refused.name, n: result.refused.item.n};
for (let first = 2; first < 77; first += 25) {
  const puts = Array.from({length: 25}, (_, i) => ({PutRequest: {Item: {pk: "a", sk: first + i, g: "G", filler: "x".repeat(30_000)}}}));
  await send(new BatchWriteCommand({RequestItems: {[table]: puts}}));
}
result.queried = await pages(paginateQuery({client: documents}, {
  TableName: table, IndexName: "by-g", KeyConditionExpression: "g = :g AND sk BETWEEN :low AND :high", ScanIndexForward: false,
  ExpressionAttributeValues: {":g": "G", ":low": 3, ":high": 60}}));
result.scanned = await pages(paginateScan({client: documents, pageSize: 7}, {
  TableName: table, FilterExpression: "sk > :low", ExpressionAttributeValues: {":low": 40}}));
result.cancelled = (await failure(new TransactWriteCommand({TransactItems: [
  {Put: {TableName: table, Item: {pk: "b", sk: 1}}},
  {ConditionCheck: {TableName: table, Key: {pk: "a", sk: 1}, ConditionExpression: "n = :nine", ExpressionAttributeValues: {":nine": 9}}}]})))
  .reasons.map(reason => reason.Code);
const transaction = {ClientRequestToken: "once", ReturnConsumedCapacity: "TOTAL", TransactItems: [
  {Put: {TableName: table, Item: {pk: "b", sk: 1}}}, {Put: {TableName: table, Item: {pk: "b", sk: 2, q: 1}}}]};
result.transacted = [];
for (let i = 0; i < 2; ++i) result.transacted.push((await send(new TransactWriteCommand(transaction))).ConsumedCapacity[0]);
result.got = (await send(new TransactGetCommand({TransactItems: [
  {Get: {TableName: table, Key: {pk: "b", sk: 2}}}, {Get: {TableName: table, Key: {pk: "none", sk: 1}}}]}))).Responses;
result.batch = (await send(new BatchGetCommand({RequestItems: {[table]: {Keys: [{pk: "b", sk: 1}, {pk: "b", sk: 2}], ProjectionExpression: "q, sk"}}})))
  .Responses[table].sort((left, right) => left.sk - right.sk);
result.selected = (await send(new ExecuteStatementCommand({
  Statement: `SELECT sk FROM "${table}"."by-g" WHERE g = ? AND sk < ? ORDER BY sk DESC`, Parameters: ["G", 4]}))).Items;
await client.send(new DeleteTableCommand({TableName: table}));
console.log(JSON.stringify(result));
