#!/usr/bin/env python3
"""Recomputes a published lottery: check-lottery.py FILE (the page's lottery.json). Shares nothing with the program."""
import hashlib, hmac, json, sys

data = json.load(open(sys.argv[1], encoding="utf-8"))
tickets = [line.split(" ") for line in data["list"]]
assert data["list"] == sorted(data["list"], key=lambda line: line.split(" ")[0].encode()), "the list is not sorted"
assert len({ticket[0] for ticket in tickets}) == len(tickets), "a ticket stands twice"
digest = hashlib.sha256("".join(line + "\n" for line in data["list"]).encode("ascii")).hexdigest()
assert digest == data["digest"], f"the list's digest is {digest}"
beacon = bytes.fromhex(data["beacon"])
if data["source"] == "beacon":
    assert all(hashlib.sha256(bytes.fromhex(v["value"])).digest() == beacon for v in data["values"]), "not the signature's randomness"
elif data["source"] == "officers":
    assert "\n".join(v["value"] for v in data["values"]).encode() == beacon, "not the officers' values"
assert data["source"] == "none" or data["published"] < data["after"] <= min(v["at"] for v in data["values"]), "published too late"
seed = hashlib.sha256(f"programme:{data['programme']}|round:{data['round']}|".encode() + beacon).digest()
assert seed.hex() == data["seed"], f"the seed is {seed.hex()}"
order = sorted(tickets, key=lambda ticket: hmac.new(seed, ticket[0].encode(), hashlib.sha256).digest())
assert [ticket[0] for ticket in order] == [row["ticket"] for row in data["order"]], "the order differs"
winners, left = {}, data["places"] - sum(frame["places"] for frame in data["frames"])
for frame in data["frames"]:
    taken = [ticket[0] for ticket in order if ticket[1] == frame["id"]][:frame["places"]]
    winners.update((ticket, frame["id"]) for ticket in taken)
    left += (frame["places"] - len(taken)) if data["leftover_moves"] else 0
winners.update((ticket, "-") for ticket in [t[0] for t in order if t[0] not in winners][:max(left, 0)])
assert winners == {row["ticket"]: row["seat"] for row in data["order"] if row["won"]}, "the winners differ"
print(f"{len(winners)} of {len(order)}: list, seed, order and winners are right")
