// The restaurant service: restaurants and their menus in two DynamoDB tables (Lambda proxy integration).
'use strict';

const { DynamoDBClient, ConditionalCheckFailedException } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, ScanCommand } = require('@aws-sdk/lib-dynamodb');

const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const RESTAURANTS = process.env.RESTAURANTS_TABLE;
const MENU = process.env.MENU_TABLE;
const LONGEST_TEXT = 400;

/** A request that cannot be answered as asked. */
class Refusal extends Error {
  constructor(status, error, message) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

const badRequest = (message) => new Refusal(400, 'BadRequest', message);
const notFound = (message) => new Refusal(404, 'NotFound', message);

function parsed(text, known) {
  let body;
  try {
    body = JSON.parse(text ?? '');
  } catch (error) {
    throw badRequest(`the body is not JSON: ${error.message}`);
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw badRequest('the body must be a JSON object');
  for (const name of Object.keys(body)) {
    if (!known.includes(name)) throw badRequest(`there is no field '${name}'`);
  }
  return body;
}

function textOf(body, name, required = false) {
  const value = body[name];
  if (value === undefined || value === null) {
    if (required) throw badRequest(`'${name}' is missing`);
    return undefined;
  }
  if (typeof value !== 'string') throw badRequest(`'${name}' must be a text`);
  if (value === '') throw badRequest(`'${name}' must not be empty`);
  if (Buffer.byteLength(value) > LONGEST_TEXT) throw badRequest(`'${name}' is too long`);
  return value;
}

async function existing(id) {
  const { Item } = await tables.send(new GetCommand({ TableName: RESTAURANTS, Key: { id }, ConsistentRead: true }));
  if (Item === undefined) throw notFound(`there is no restaurant '${id}'`);
  return Item;
}

async function listRestaurants(next) {
  const page = await tables.send(new ScanCommand({
    TableName: RESTAURANTS, Limit: 100, ExclusiveStartKey: next ? { id: next } : undefined,
  }));
  const answer = { restaurants: page.Items };
  if (page.LastEvaluatedKey) answer.next = page.LastEvaluatedKey.id;
  return [200, answer];
}

async function addRestaurant(text) {
  const body = parsed(text, ['id', 'name', 'address', 'cuisine', 'phone']);
  const name = textOf(body, 'name', true);
  const made = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-/, '').slice(0, 64).replace(/-$/, '');
  const restaurant = { id: textOf(body, 'id') ?? made, name };
  if (!/^[a-z0-9-]{1,64}$/.test(restaurant.id)) {
    throw badRequest("'id' must be 1 to 64 small letters, digits and hyphens");
  }
  for (const field of ['address', 'cuisine', 'phone']) {
    const value = textOf(body, field);
    if (value !== undefined) restaurant[field] = value;
  }
  try {
    await tables.send(new PutCommand({
      TableName: RESTAURANTS, Item: restaurant, ConditionExpression: 'attribute_not_exists(id)',
    }));
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      throw new Refusal(409, 'AlreadyExists', `there is a restaurant '${restaurant.id}' already`);
    }
    throw error;
  }
  return [201, restaurant];
}

async function menuOf(id) {
  await existing(id);
  const menu = [];
  let from;
  do {
    const page = await tables.send(new QueryCommand({
      TableName: MENU, KeyConditionExpression: 'restaurant_id = :id', ExpressionAttributeValues: { ':id': id },
      ExclusiveStartKey: from,
    }));
    menu.push(...page.Items);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return [200, { menu }];
}

async function addMenuItem(id, text) {
  const body = parsed(text, ['item', 'price', 'description']);
  const item = { restaurant_id: id, item: textOf(body, 'item', true), price: body.price };
  if (typeof item.price !== 'number') throw badRequest("'price' must be a number");
  if (item.price < 0 || item.price > 1e6) throw badRequest("'price' must be between 0 and 1000000");
  const description = textOf(body, 'description');
  if (description !== undefined) item.description = description;
  await existing(id);
  await tables.send(new PutCommand({ TableName: MENU, Item: item }));
  return [201, item];
}

async function menuItem(id, name) {
  const { Item } = await tables.send(new GetCommand({
    TableName: MENU, Key: { restaurant_id: id, item: name }, ConsistentRead: true,
  }));
  if (Item === undefined) throw notFound(`the restaurant '${id}' has no '${name}' on its menu`);
  return [200, Item];
}

async function route(method, path, next, body) {
  const [root, id, menu, name, ...rest] = path.split('/').filter((part) => part !== '');
  if (root !== 'restaurants' || rest.length > 0 || (menu !== undefined && menu !== 'menu')) {
    throw notFound(`there is nothing at ${path}`);
  }
  if (method === 'GET') {
    if (name !== undefined) return menuItem(id, name);
    if (menu !== undefined) return menuOf(id);
    if (id !== undefined) return [200, await existing(id)];
    return listRestaurants(next);
  }
  if (method === 'POST' && id === undefined) return addRestaurant(body);
  if (method === 'POST' && menu !== undefined && name === undefined) return addMenuItem(id, body);
  throw new Refusal(405, 'MethodNotAllowed', `${method} is not for ${path}`);
}

exports.handler = async (event) => {
  const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  let status;
  let answer;
  try {
    [status, answer] = await route(event.httpMethod, event.path, event.queryStringParameters?.next, body);
  } catch (error) {
    if (error instanceof Refusal) {
      [status, answer] = [error.status, { error: error.error, message: error.message }];
    } else {
      // A table could not be used: the reason is for the log, not for the client.
      console.error(`${event.httpMethod} ${event.path} failed:`, error);
      [status, answer] = [500, { error: 'InternalError', message: 'a table could not be used' }];
    }
  }
  return { statusCode: status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(answer) };
};
