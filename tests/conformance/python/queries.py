"""Sends queries to the service with gql: `queries.py requests|aiohttp|watch URL`. Prints a line of JSON for each response."""

import asyncio
import json
import sys

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport

NAME = "query Name($slug: String!) { procedure(by: { slug: $slug }) { name } }"
TOO_MANY = "{ procedures(first: 1000) { totalCount } }"
REVISIONS = "subscription { library { revision } }"


def report(response):
    print(json.dumps(response), flush=True)


def with_requests(url):
    client = Client(transport=RequestsHTTPTransport(url=url), fetch_schema_from_transport=True)
    with client as session:
        report(session.execute(gql(NAME), variable_values={"slug": "microneedling"}))
        try:
            session.execute(gql(TOO_MANY))
        except TransportQueryError as problem:
            report({"code": problem.errors[0]["extensions"]["code"]})


async def with_aiohttp(url):
    async with Client(transport=AIOHTTPTransport(url=url), fetch_schema_from_transport=True) as session:
        slugs = ["microneedling", "chemical-peel"]
        queries = [session.execute(gql(NAME), variable_values={"slug": slug}) for slug in slugs]
        for response in await asyncio.gather(*queries):
            report(response)


async def watch(url):
    transport = WebsocketsTransport(url=url, subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL])
    async with Client(transport=transport) as session:
        report(await session.execute(gql(NAME), variable_values={"slug": "microneedling"}))
        async for response in session.subscribe(gql(REVISIONS)):
            report(response)


if __name__ == "__main__":
    how, url = sys.argv[1:]
    if how == "requests":
        with_requests(url)
    else:
        asyncio.run({"aiohttp": with_aiohttp, "watch": watch}[how](url))
