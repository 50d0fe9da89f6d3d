"""The restaurant service: restaurants and their menus in two DynamoDB tables (Lambda proxy integration)."""
import base64
import decimal
import json
import os
import re

import boto3
from boto3.dynamodb.conditions import Key

dynamodb = boto3.resource("dynamodb")
restaurants = dynamodb.Table(os.environ["RESTAURANTS_TABLE"])
menus = dynamodb.Table(os.environ["MENU_TABLE"])
LONGEST_TEXT = 400


class Refusal(Exception):
    """A request that cannot be answered as asked."""

    def __init__(self, status, error, message):
        super().__init__(message)
        self.status = status
        self.error = error


def bad_request(message):
    return Refusal(400, "BadRequest", message)


def not_found(message):
    return Refusal(404, "NotFound", message)


def parsed(body, known):
    try:
        value = json.loads(body or "", parse_float=decimal.Decimal)
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("the body must be a JSON object")
    for name in value:
        if name not in known:
            raise bad_request(f"there is no field '{name}'")
    return value


def text(body, name, required=False):
    value = body.get(name)
    if value is None:
        if required:
            raise bad_request(f"'{name}' is missing")
        return None
    if not isinstance(value, str):
        raise bad_request(f"'{name}' must be a text")
    if not value or len(value.encode()) > LONGEST_TEXT:
        raise bad_request(f"'{name}' is " + ("too long" if value else "empty"))
    return value


def existing(restaurant_id):
    item = restaurants.get_item(Key={"id": restaurant_id}, ConsistentRead=True).get("Item")
    if item is None:
        raise not_found(f"there is no restaurant '{restaurant_id}'")
    return item


def list_restaurants(next_id):
    start = {"ExclusiveStartKey": {"id": next_id}} if next_id else {}
    page = restaurants.scan(Limit=100, **start)
    answer = {"restaurants": page["Items"]}
    if "LastEvaluatedKey" in page:
        answer["next"] = page["LastEvaluatedKey"]["id"]
    return 200, answer


def add_restaurant(request_body):
    body = parsed(request_body, ("id", "name", "address", "cuisine", "phone"))
    name = text(body, "name", required=True)
    restaurant_id = text(body, "id") or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].strip("-")
    if not re.fullmatch(r"[a-z0-9-]{1,64}", restaurant_id):
        raise bad_request("'id' must be 1 to 64 small letters, digits and hyphens")
    restaurant = {"id": restaurant_id, "name": name}
    restaurant.update((field, text(body, field)) for field in ("address", "cuisine", "phone") if text(body, field))
    try:
        restaurants.put_item(Item=restaurant, ConditionExpression="attribute_not_exists(id)")
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException as error:
        raise Refusal(409, "AlreadyExists", f"there is a restaurant '{restaurant_id}' already") from error
    return 201, restaurant


def menu_of(restaurant_id):
    existing(restaurant_id)
    query = {"KeyConditionExpression": Key("restaurant_id").eq(restaurant_id)}
    items = []
    while True:
        page = menus.query(**query)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return 200, {"menu": items}
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def add_menu_item(restaurant_id, request_body):
    body = parsed(request_body, ("item", "price", "description"))
    name = text(body, "item", required=True)
    price = body.get("price")
    if isinstance(price, bool) or not isinstance(price, (int, decimal.Decimal)):
        raise bad_request("'price' must be a number")
    if not 0 <= price <= 1_000_000:
        raise bad_request("'price' must be between 0 and 1000000")
    existing(restaurant_id)
    item = {"restaurant_id": restaurant_id, "item": name, "price": price}
    if text(body, "description"):
        item["description"] = body["description"]
    menus.put_item(Item=item)
    return 201, item


def menu_item(restaurant_id, name):
    item = menus.get_item(Key={"restaurant_id": restaurant_id, "item": name}, ConsistentRead=True).get("Item")
    if item is None:
        raise not_found(f"the restaurant '{restaurant_id}' has no '{name}' on its menu")
    return 200, item


def route(method, path, next_id, body):
    match [method, *[part for part in path.split("/") if part]]:
        case ["GET", "restaurants"]:
            return list_restaurants(next_id)
        case ["POST", "restaurants"]:
            return add_restaurant(body)
        case ["GET", "restaurants", restaurant_id]:
            return 200, existing(restaurant_id)
        case ["GET", "restaurants", restaurant_id, "menu"]:
            return menu_of(restaurant_id)
        case ["POST", "restaurants", restaurant_id, "menu"]:
            return add_menu_item(restaurant_id, body)
        case ["GET", "restaurants", restaurant_id, "menu", name]:
            return menu_item(restaurant_id, name)
        case [_, "restaurants"] | [_, "restaurants", _] | [_, "restaurants", _, "menu"] | [_, "restaurants", _, "menu", _]:
            raise Refusal(405, "MethodNotAllowed", f"{method} is not for {path}")
    raise not_found(f"there is nothing at {path}")


def plain_number(value):
    return int(value) if value == value.to_integral_value() else float(value)


def handler(event, context):
    body = event.get("body")
    if body and event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode()
    next_id = (event.get("queryStringParameters") or {}).get("next")
    try:
        status, answer = route(event["httpMethod"], event["path"], next_id, body)
    except Refusal as refusal:
        status, answer = refusal.status, {"error": refusal.error, "message": str(refusal)}
    except Exception as error:  # A table could not be used: the reason is for the log, not for the client.
        print(f"{event['httpMethod']} {event['path']} failed: {error!r}")
        status, answer = 500, {"error": "InternalError", "message": "a table could not be used"}
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(answer, default=plain_number)}
