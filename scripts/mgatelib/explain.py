# SPDX-License-Identifier: GPL-2.0-only
"""What would happen to a frame, and why a stream does not arrive, in sentences."""
import ipaddress

from mgatelib import sentences

# Of each family: the counters of its reports, and how hosts ask.
REPORTS = {4: ("rx_v1_report", "rx_v2_report", "rx_v3_report"),
           6: ("rx_mld_v1_report", "rx_mld_v2_report")}
ASKING = {4: "IGMP (protocol 2)", 6: "MLD (ICMPv6 of the types 131, 132 and 143)"}


def verdict(answer, one):
    """What becomes of a frame at one port, as a sentence."""
    about = answer | {"port": one["port"]}
    if "reason" not in one and "refused" not in one:
        return f"{one['port']} gets it: {sentences.idle(about)}."
    name = one.get("refused") or one.get("reason", "")
    why = sentences.refused(name, about) if "refused" in one else sentences.reason(name, about)
    does = "gets it" if arrives(one) else "does not get it"
    if arrives(one) and name in sentences.HELD:
        does = "gets it in mode audit, and would not in mode on"
    return f"{one['port']} {does} ({name}): {why}."


def arrives(one):
    """Does it leave by a port?"""
    return one["pass"] and "refused" not in one


def advice(answer):
    """What to do about those who do not get it: a sentence for each reason, about one port."""
    first = {}
    for one in answer["to"]:
        if not arrives(one) and "refused" not in one and one["port"] != "host":
            first.setdefault(one["reason"], one["port"])
    texts = [sentences.advice(name, answer | {"port": port}) for name, port in first.items()]
    return [text for text in texts if text]


def explanation(answer):
    """The whole of an explanation, one sentence a line."""
    where = "that the host itself sends out of" if answer["port"] == "host" else \
        f"that comes in at {answer['port']} of"
    frame = f"A frame from {answer['src']} to {answer['grp']} {where} {answer['dev']} " \
            f"in VLAN {answer['vid']}"
    if "refused" in answer:
        why = sentences.refused(answer["refused"], answer)
        return [f"{frame} is not let in by the bridge ({answer['refused']}): {why}."]
    lines = [f"{frame} {sentences.path(answer['path'])}."]
    lines += [f"  {verdict(answer, one)}" for one in answer["to"]]
    if not any(arrives(one) for one in answer["to"]):
        lines.append("Nobody gets it.")
    return lines + advice(answer)


class Search:
    """Looks for why a port does not get a group, from the bridge to the sender. What it
    finds is in `lines`; `wrong` says whether it found a cause."""

    def __init__(self, reader, bridge, port, group, source=None, vid=None):
        self.reader, self.source, self.vid = reader, source, vid
        self.about = {"dev": bridge, "port": port, "grp": group, "src": source or "any source",
                      "vid": vid or 0}
        self.ip = ipaddress.ip_address(group).version
        self.about["ttl"] = "hop limit" if self.ip == 6 else "TTL"
        self.about["own"] = "" if self.ip == 4 else \
            f" ({bridge} has to have a link-local address, from which it asks)"
        self.is_host = port == "host"
        self.lines, self.wrong = [], False
        self.passes = False

    def say(self, sentence, wrong=False, /, **more):
        """One sentence more, with what is known already and more filled in."""
        self.lines.append(sentence.format_map(self.about | more))
        self.wrong |= wrong

    def rows(self, table, group=None):
        """What a table says of this port (and group), in the VLAN if one was named."""
        found = self.reader.rows(table, self.about["dev"], self.about["port"], group)
        return [one for one in found if self.vid is None or one.get("vid", self.vid) == self.vid]

    def run(self):
        """All of it; gives the lines."""
        if self.bridge_gates():
            self.querier()
            self.membership()
            self.stream()
        if self.passes:
            behind = "" if self.is_host else f"behind {self.about['port']}, at its link, "
            self.say("Nothing holds it back here: look {behind}at the host's firewall{more}.",
                     behind=behind, more="" if self.ip == 6 else
                     " and at its reverse path filter (net.ipv4.conf.*.rp_filter)")
        elif not self.wrong:
            self.say("No cause was found here.")
        return self.lines

    def bridge_gates(self):
        """Does mgate hold anything back on this bridge, at this port?"""
        bridges = self.reader.rows("bridges", self.about["dev"])
        if not bridges:
            self.say("{dev} has gone meanwhile.")
            return False
        bridge = bridges[0]
        if bridge["status"] not in ("gating", "flooding"):
            self.say("mgate holds nothing back on {dev}: its status is {status}. What is missing "
                     "there is missing for another reason.", status=bridge["status"])
            return False
        for port in self.rows("ports"):
            # The host has none.
            if port.get("status") in ("flood", "limit", "hardware"):
                self.say("{port} gets every group now: its status is {status}.",
                         status=port["status"])
        return True

    def querier(self):
        """Does anybody ask?"""
        queriers = [one for one in self.reader.rows("queriers", self.about["dev"])
                    if self.vid in (None, one["vid"]) and
                    (":" in one.get("address", "")) == (self.ip == 6)]
        for one in queriers:
            if one["state"] == "none":
                self.say("Nobody queries in VLAN {its}. mgate floods there, but switches behind "
                         "{dev} may cut what they heard no report for; to have mgate ask, write "
                         "on to /sys/class/net/{dev}/mgate/querier{own}.", its=one["vid"])
            elif one["convergence"] != "gating":
                self.say("VLAN {its} has a querier, and its hosts still have time to answer: "
                         "everything floods there until then.", its=one["vid"])
        if not queriers:
            self.say("No querier was heard on {dev}, and mgate floods until one is; to have "
                     "mgate ask, write on to /sys/class/net/{dev}/mgate/querier{own}.")

    def membership(self):
        """Did the port ask for the group, and for this source?"""
        rows = self.rows("groups", self.about["grp"])
        if not rows:
            if self.is_host:
                self.not_static()
            else:
                self.not_a_member()
            return
        for vid in sorted({one["vid"] for one in rows}):
            here = [one for one in rows if one["vid"] == vid]
            left = "for good: groups_static has it"
            if all(one["state"] == "temp" for one in here):
                left = f"for {max(one['timer'] for one in here):.0f} s unless it asks again"
            self.say("{port} asked for {grp} in VLAN {its}, {left}.", its=vid, left=left)
            self.sources(here)

    def sources(self, rows):
        """Of which sources it wants the group."""
        included = [one["src"] for one in rows if "src" in one and "blocked" not in one]
        blocked = [one["src"] for one in rows if "blocked" in one]
        if all("src" in one for one in rows):
            missing = self.source and self.source not in included
            self.say("But only from {list}.", bool(missing),
                     list=", ".join(included) or "nobody")
        elif blocked:
            self.say("But not from {list}.", self.source in blocked, list=", ".join(blocked))

    def not_static(self):
        """What decides of the host, whose reports count for nothing."""
        self.say("The host gets what {dev} listens to, whatever it reports: what sockets, VLAN "
                 "devices and macvlans on it joined, and every group while it is promiscuous or "
                 "all-multicast. See whether {grp} is in `ip maddr show dev {dev}`; a program has "
                 "to join it on {dev}, or on a device on top of it, and not on a port.")
        self.say("Where nothing there can join it: echo '+ host {grp}' > "
                 "/sys/class/net/{dev}/mgate/groups_static")

    def not_a_member(self):
        """Why did it not ask, or why was it not understood?"""
        where = "" if self.vid is None else f" in VLAN {self.vid}"
        self.say("{port} is not a member of {grp}{where}.", True, where=where)
        counted = {one["reason"]: one["packets"] for one in self.rows("counters")}
        if not any(counted.get(name) for name in REPORTS[self.ip]):
            self.say("No report ever came in at {port}: the host there does not ask. See on the "
                     "host `ip maddr show`, and what blocks {how} on the way.", how=ASKING[self.ip])
        else:
            groups = sorted({one["grp"] for one in self.rows("groups")})
            self.say("{n} reports did come in there; what it is a member of: {list}.",
                     n=sum(counted.get(name, 0) for name in REPORTS[self.ip]),
                     list=", ".join(groups) or "nothing")
        for name, packets in counted.items():
            text = sentences.unlearned(name, self.about)
            if text:
                self.say("Of what came in there {n} counted as {name}: {text}.", n=packets,
                         name=name, text=text)
        for rule in self.rows("rules"):
            if rule.get("rule") == "deny" and ipaddress.ip_address(self.about["grp"]) in \
                    ipaddress.ip_network(rule["value"], strict=False):
                self.say("/sys/class/net/{port}/mgate/deny has {value}, and {grp} is one of "
                         "these.", value=rule["value"])
        self.say("Until that is mended: echo '+ {port} {grp}' > "
                 "/sys/class/net/{dev}/mgate/groups_static")

    def stream(self):
        """Does anybody send to it, and does that get through?"""
        flows = [one for one in self.reader.rows("flows", self.about["dev"], None,
                                                 self.about["grp"])
                 if self.source in (None, one["src"]) and self.vid in (None, one["vid"])]
        if not flows:
            self.say("Nothing came in for {grp} from {src} within ten seconds, as far as mgate "
                     "keeps track (flow_ms): does the sender send, with a {ttl} that suffices, "
                     "and is it in the same VLAN?")
        for key in sorted({(one["port"], one["src"], one["vid"]) for one in flows}):
            self.one_stream(*key)

    def one_stream(self, port, source, vid):
        """Ask the kernel what it does with it."""
        if port == self.about["port"]:
            self.say("{its} sends to {grp} from {port} itself: nobody gets back what came in at "
                     "the same port.", its=source)
            return
        answer = self.reader.explain(self.about["dev"], port, self.about["grp"], source, vid)
        for one in answer["to"]:
            if one["port"] == self.about["port"]:
                self.passes |= arrives(one) and "refused" not in answer
                self.say("A stream of {its} comes in at {at} in VLAN {its_vid}: {verdict}",
                         not arrives(one), its=source, at=port, its_vid=vid,
                         verdict=verdict(answer, one))
        if "refused" in answer:
            self.say("{text}", True, text=explanation(answer)[0])
