# SPDX-License-Identifier: GPL-2.0-only
"""The part of check-docs that is about the tools: what they know of the module, and what
their manual and completion know of them."""
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TREE / "scripts"))
sys.dont_write_bytecode = True

from mgatelib import cli, family, screen, sentences, settings, tables, top  # noqa: E402

IF_LINK = pathlib.Path("/usr/include/linux/if_link.h")
# What if_link.h calls otherwise than ip(8) does, and what only it has.
OPTION_NAMES = {"last_member_cnt": "last_member_count", "startup_query_cnt": "startup_query_count",
                "to_ucast": "to_unicast", "querier_state": None}


def read(name):
    return (TREE / name).read_text(encoding="utf-8")


def plain(name):
    """A page of the manual without what is there for roff."""
    text = re.sub(r"\\f.|\\&", "", read(f"scripts/man/{name}"))
    return text.replace(r"\-", "-").replace(r"\(aq", "'")


def differences(what, documented, real):
    """Sentences about what stands in only one of two sets."""
    return [f"{what}: {name} is missing" for name in sorted(real - documented)] + \
        [f"{what}: there is no {name}" for name in sorted(documented - real)]


def enum(header, prefix):
    """The names of an enum of the header, in their order."""
    return [name.lower() for name in re.findall(rf"^\t{prefix}(\w+)(?: = 1)?,", header, re.M)]


def check_family():
    """The numbers of the tools are those of the header."""
    header = read("include/uapi/mgate.h")
    known = [family.ATTRIBUTES[number][0] for number in sorted(family.ATTRIBUTES)]
    for what, mine, theirs in (("attributes", known, enum(header, "MGATE_A_")),
                               ("commands", family.COMMANDS, enum(header, "MGATE_CMD_")),
                               ("filter modes", list(family.FILTER_MODES),
                                enum(header, "MGATE_FILTER_MODE_"))):
        if mine != theirs:
            yield f"scripts/mgatelib/family.py: {what} {mine} are not those of mgate.h: {theirs}"
    gets = {name[:-4] for name in family.COMMANDS if name.endswith("_get")}
    yield from differences("scripts/mgatelib/tables.py: tables", set(tables.KEYS), gets)
    said = set(family.COMMANDS) - {f"{name}_get" for name in gets} - {"explain"}
    yield from differences("scripts/mgatelib/tables.py: events", set(tables.EVENTS),
                           {name.replace("_", "-") for name in said})


def check_sentences():
    """Each reason why a frame is passed or held has a sentence."""
    part = {}
    for comment, text in re.findall(r"/\* (\w+).*?\*/ \\\n((?:\tX.*\n)+)",
                                    read("include/mgate/reason.h")):
        part[comment] = set(re.findall(r'"(\w+)"', text))
    yield from differences("sentences of what is passed", set(sentences.PASSED), part["passed"])
    yield from differences("sentences of what is held", set(sentences.HELD), part["held"])
    everything = set().union(*part.values())
    yield from differences("sentences of what is not learned from",
                           set(sentences.UNLEARNED), set(sentences.UNLEARNED) & everything)


def tunables(code):
    """Files of the bridge and of a port by module/params.c: is it a port's, kind, name, range
    and default."""
    row = re.compile(r'\[(MGATE_(?:PARAM|PORT)_\w+)\] =\s*(WORDS|NUMBER|DERIVED|LIMIT|ADDRESS)'
                     r'\("(\w+)"(?:, ([^)]*))?\)')
    for symbol, kind, name, rest in row.findall(code):
        yield symbol.startswith("MGATE_PORT"), kind, name, [x.strip() for x in rest.split(",")]


def check_settings():
    """The tools take for each file of sysfs what the module takes, and know all of them."""
    code, sysfs = read("module/params.c"), read("module/sysfs.c")
    words = {name: re.findall(r'"(\w+)"', text) for name, text in
             re.findall(r"^static const char \* const (\w+)\[\] = \{(.*?)\};", code, re.M | re.S)}
    files = set(re.findall(r"&dev_attr_(\w+)\.attr", sysfs)) | \
        set(re.findall(r"__ATTR\((\w+),", read("module/vlanfiles.c")))
    real = {"bridge": {name for name in files if not name.startswith("port_")},
            "port": {name[5:] for name in files if name.startswith("port_")}}
    for port, kind, name, rest in tunables(code):
        where = "port" if port else "bridge"
        real[where].add(name)
        mine = vars(settings.KINDS[where].get(name, settings.Address()))
        wanted = {"words": tuple(words[rest[0]]), "derived": False} if kind == "WORDS" else {} \
            if kind == "ADDRESS" else {"low": int(rest[0]), "high": int(rest[1]),
                                       "derived": kind == "DERIVED"}
        if mine != wanted:
            yield f"scripts/mgatelib/settings.py: {where} {name} is {mine}, and not {wanted}"
    modes = re.search(r"wish_words\[\] = \{(.*?)\};", sysfs, re.S)[1]
    if {"auto", *settings.BRIDGE["mode"].words} != set(re.findall(r'"(\w+)"', modes)):
        yield "scripts/mgatelib/settings.py: bridge mode has other words than module/sysfs.c"
    page = plain("mgate.conf.5")
    for where, keys in settings.KINDS.items():
        yield from differences(f"settings of a {where}", set(keys) | settings.NOT_SET[where],
                               real[where])
        told = page[page.index(f"Of a {where} these"):].split("\n.SS" if where == "port" else
                                                            "\n.PP")[0]
        yield from differences(f"mgate.conf.5: {where}",
                               set(re.findall(r"^\.BR? (\w+)", told, re.M)), set(keys))


def tags(page):
    """The names in bold in tags of tagged paragraphs, and of a page's keys."""
    found = re.findall(r"^\.TP\n(?:\.(?:B|BR|BI|RB) )?(.*)", page, re.M)
    return [set(re.findall(r"[\w/:?-]+", tag.replace('", "', " "))) for tag in found]


def check_rows(page, rows, what):
    """Each row of a table or event is told with its keys."""
    for name, keys in rows.items():
        entry = re.search(rf"^\.TP\n\.B {name}\n(.*?)(?=^\.TP|^\.S[HS])", page, re.M | re.S)
        if not entry:
            yield f"mgate.8: {what} {name} is missing"
        elif "as of" not in entry[1]:
            told = set(re.findall(r"[a-z_]+", entry[1].split("Keys:")[-1]))
            yield from (f"mgate.8: {what} {name} does not tell its key {key}"
                        for key in keys if key not in told)


def check_words(name, documented, wanted):
    """Each of these stands in a text as a word of its own."""
    for word in wanted:
        if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", documented):
            yield f"{name} does not tell {word}"


def check_commands():
    """Commands, options, tables and keys of the tools in their manual and completion."""
    page = plain("mgate.8").split(".SH EXAMPLES", maxsplit=1)[0]
    completion = read("scripts/completion/mgate")
    words = [*cli.COMMANDS, "help", "check", "apply", *cli.Options.NAMES, *tables.KEYS, *cli.WORDS]
    yield from check_words("mgate.8", page, words)
    yield from check_words("the completion", completion, words)
    yield from check_words("mgate --help", cli.USAGE, words)
    keys, events = page[page.index(".SH TABLES"):], page[page.index(".SH EVENTS"):]
    yield from check_rows(keys, tables.KEYS, "table")
    yield from check_rows(events, tables.EVENTS, "event")
    page = plain("mgate-top.8").split(".SH EXAMPLES", maxsplit=1)[0]
    words = [word for action in top.parser()._actions  # pylint: disable=protected-access
             for word in action.option_strings] + list(screen.SORTS)
    yield from check_words("mgate-top.8", page, words)
    yield from check_words("the completion", completion, words)


def mcast_options():
    """The multicast options of bridges and their ports, by the kernel's header."""
    if not IF_LINK.exists():
        return set()
    names = {name.lower() for name in re.findall(
        r"IFLA_BR(?:PORT)?_(?:MCAST|MULTICAST)_(\w+),", IF_LINK.read_text(encoding="utf-8"))}
    names = {OPTION_NAMES.get(name, name.replace("_intvl", "_interval")) for name in names}
    return {f"mcast_{name}" for name in names if name} | {"mcast_fast_leave"}


def check_manual():
    """mgate(4) has the README's parts, and all else that it must tell."""
    done = subprocess.run([TREE / "scripts/man/from-readme", "--check"], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        yield done.stderr.strip()
    page = plain("mgate.4")
    named = set().union(*tags(page))
    everything = set(re.findall(r'X\(\w+,\s+"(\w+)"\)', read("include/mgate/reason.h")))
    everything |= set(re.findall(r'"(\w+)"', "".join(re.findall(
        r"\[MGATE_(?:PARAM|PORT)_\w+\] =\s*\w+\([^,)]*", read("module/params.c")))))
    everything |= {name.removeprefix("port_") for name in re.findall(
        r"&dev_attr_(\w+)\.attr", read("module/sysfs.c"))}
    everything |= set(re.findall(r"__ATTR\((\w+),", read("module/vlanfiles.c")))
    everything |= set(re.findall(r"module_param\w*\((\w+)", read("module/main.c")))
    everything |= mcast_options()
    yield from (f"mgate.4: {name} has no entry" for name in sorted(everything - named))
    yield from check_words("mgate.4", page, set(tables.KEYS) - {"bridges", "ports"})
    yield from differences("mgate.4: tracepoints", {name for name in named if ":" in name},
                           tracepoints())


def tracepoints():
    """Their names, as perf wants them."""
    headers = [*TREE.glob("include/**/*.h"), *TREE.glob("module/*.h")]
    text = "".join(path.read_text(encoding="utf-8") for path in headers)
    return {f"mgate:{name}" for name in re.findall(
        r"^(?:TRACE_EVENT\(|DEFINE_EVENT\(\w+, )(\w+)", text, re.M)}


def check_warnings():
    """What the formatter of manual pages complains of."""
    for page in sorted((TREE / "scripts/man").glob("*.[458]")):
        done = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True,
                              check=False, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin",
                                                "MANWIDTH": "120"})
        if done.returncode or done.stderr:
            yield f"{page.name}: {done.stderr.strip()}"


def check():
    """All of it, as a list of sentences."""
    return [*check_family(), *check_sentences(), *check_settings(), *check_commands(), *check_manual(),
            *check_warnings()]
