"""The `webhooks` table.

| access pattern | by | cost |
| --- | --- | --- |
| a partner's endpoints (at most 20) | Query of `{origin}#ENDPOINTS`, kept 10 s | 1 read unit for 4 KB |
| one endpoint | GetItem | 1 read unit |
| add or delete an endpoint | transaction with the partner's `COUNT` | 6 write units, 8 to delete |
| endpoints with a list of their own | Query of `{origin}#LISTS` | 1 read unit |
| end a deleted endpoint's deliveries | reads of what waits and is scheduled; an update each | 2 and 4 to 6 a delivery |
| keep an event's id taken when it has expired | one more Put in the event's transaction | 2 write units |
| record an event for n endpoints | n + 1 puts in the surface's transaction | 4 and 4 n write units |
| a letter to the partner about an endpoint | Put in the change's transaction; Delete once it is sent | 4 write units |
| note, forget a missed delivery | Put, Delete in the transaction that ends or restarts it | 2 write units |
| cancel a delivery | Query of its item collection; transaction with its note and the audit log | its size, 8 |
| what an endpoint missed | Query of `{origin}#MISSED#{endpoint}`, strong | its page |
| what an endpoint never got | Query of the events' `listing`, of `grouped`; BatchGet | its page, 1 a missing one |
| cancel what an endpoint has scheduled | the same reads; a transaction each | 1 and 8 a delivery |
| claim a delivery | UpdateItem, answers the whole row | 1 write unit |
| what the events of a batch say | BatchGet, eventually consistent | ½ read unit for 4 KB |
| store a first attempt that succeeds | UpdateItem | 1 write unit, and 1 in `due` |
| store any other attempt | transaction of the delivery and the attempt | 4, 1 or 2 in `due`, 2 to 4 by a new status |
| take a place in a subject's line, leave it | Put with the delivery, Delete with its end | 2 write units each |
| whose turn it is in a line | Query of `{origin}#LINE#{endpoint}#{digest}`, strong; UpdateItem | 1 or 2; 1 write unit |
| one delivery with its attempts | Query of its item collection, newest first | its size |
| an endpoint's deliveries | Query of `grouped`; BatchGet | 1 a delivery, and 1 |
| a partner's deliveries | Query of its endpoints' lists and of `listing`; BatchGet | ½ a list, 1 a delivery |
| the same of one status | Query of `by_status`, `grouped_by_status`; BatchGet | 1 a delivery |
| what waits, which is listed by no status | Query of `due`, each of 8 shards; BatchGet | 4, 1 a delivery |
| the same of those delivered, which no status lists | pages of all of them | 1 a delivery looked at |
| deliveries of one surface's events | Query of `owned`; BatchGet | 1 a delivery |
| one event | GetItem | 1 read unit |
| a partner's events, or those of one type | Query of `listing` or `grouped`; BatchGet of old ones | its page, 1 each |
| keep the event of an unfinished delivery, near its end | GetItem, UpdateItem | 1, 1 write unit for 1 KB |
| the stream | Query of `listing`, upwards; each second of waiting a Query of one entry | its page, ½ a second |
| how far a consumer of the stream has come | GetItem, Put | 1 read unit, 1 write unit for 1 KB |
| work that is due | Query of `due`, each of 8 shards | ½ unit for an empty shard |
| what a lane's workers have in hand | Put of the worker's own, Query of all | 1 write unit, 1 read unit for 4 KB |

Write units are those of rows up to 1 KB, the entries in indexes included. Lists are newest first. In the
lists' indexes a delivery has its keys alone, and an event all that is shown. Of a delivery's changes an index
takes the due time alone and, unless it is delivered or was never tried, the status.
"""

from chalicelib.webhooks.models.consumers import ConsumerRow
from chalicelib.webhooks.models.table import WebhooksRow

# One class for each table. `ConsumerRow` is imported because its `ttl` gives the table an expiry.
__all__ = ["ROWS", "ConsumerRow"]
ROWS = (WebhooksRow,)
