"""Who may see what all answers share: pages, money, sources, look-up by id."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import EVERYONE

# Answers without a caller: it says nothing of the retailer.
OPEN = frozenset({"Query._service", "_Service.sdl"})

FIELDS: Rows = {
    "Query": {EVERYONE: "channels node nodes _entities", frozenset(Role): "_service"},
    "_Service": {frozenset(Role): "sdl"},
    "Channel": {EVERYONE: "id code name kind timeZone"},
    "*Connection": {EVERYONE: "edges nodes pageInfo totalCount sources"},
    "*Edge": {EVERYONE: "node cursor late"},
    "PageInfo": {EVERYONE: "hasNextPage hasPreviousPage startCursor endCursor"},
    "TotalCount": {EVERYONE: "value precision"},
    "Money": {EVERYONE: "amount currency"},
    "Source": {EVERYONE: "connector system answeredBy"},
    "SourceReport": {
        EVERYONE: "name status latencyMs ageMs count code message retryable channels",
    },
    "IdempotencyKeyReused": {EVERYONE: "code path message"},
}
