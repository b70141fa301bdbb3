"""What each part of a rule adds: one function per kind, one table that names them."""

from collections.abc import Callable, Mapping

from pointsman.model.plan import (
    Header,
    Host,
    HostRegexp,
    Method,
    Path,
    PathExact,
    PathPrefix,
    PathSegments,
    Pattern,
    Query,
    ReplacePathRegex,
)
from pointsman.rules.draft import Draft
from pointsman.rules.faults import RuleFault
from pointsman.rules.grammar import Part
from pointsman.rules.pairs import header_pairs, query_pairs
from pointsman.rules.paths import path_prefix, strip_regex, whole_path
from pointsman.rules.templates import host_pattern

Add = Callable[[Draft, Part], RuleFault | None]


def _host(draft: Draft, part: Part) -> None:
    draft.matchers.append(Host(hosts=tuple(dict.fromkeys(host.lower() for host in _given(part)))))


def _host_regexp(draft: Draft, part: Part) -> RuleFault | None:
    patterns = []
    for argument in _given(part):
        pattern = host_pattern(argument, part.position)
        if isinstance(pattern, RuleFault):
            return pattern
        patterns.append(pattern)
    draft.matchers.append(HostRegexp(patterns=tuple(patterns)))
    return None


def _method(draft: Draft, part: Part) -> None:
    draft.matchers.append(Method(methods=tuple(dict.fromkeys(method.upper() for method in _given(part)))))


def _path(draft: Draft, part: Part) -> RuleFault | None:
    if part.literal:
        patterns = _literal(part, slash=True)
    else:
        found = []
        for argument in _given(part):
            result = whole_path(argument, part.position, redirect_slash=draft.redirect_slash)
            if isinstance(result, RuleFault):
                return result
            pattern, template = result
            if fault := draft.check_names(template, part.position):
                return fault
            found.append(pattern)
        patterns = tuple(found)
    draft.matchers.append(Path(patterns=patterns, redirect_slash=draft.redirect_slash))
    return None


def _path_prefix(draft: Draft, part: Part) -> RuleFault | None:
    if part.literal:
        draft.matchers.append(PathPrefix(patterns=_literal(part, slash=False)))
        return None
    patterns = []
    for argument in _given(part):
        result = path_prefix(argument, part.position)
        if isinstance(result, RuleFault):
            return result
        pattern, template = result
        if "{" in argument and (fault := draft.check_names(template, part.position)):
            return fault
        patterns.append(pattern)
    draft.matchers.append(PathPrefix(patterns=tuple(patterns)))
    return None


def _path_exact(draft: Draft, part: Part) -> None:
    draft.matchers.append(PathExact(path=part.arguments[0]))


def _path_segments(draft: Draft, part: Part) -> None:
    draft.matchers.append(PathSegments(path=part.arguments[0]))


def _query(draft: Draft, part: Part) -> RuleFault | None:
    pairs = query_pairs(part.arguments, part.position)
    if isinstance(pairs, RuleFault):
        return pairs
    for _, template in pairs:
        if fault := draft.claim_query(template, part.position):
            return fault
    draft.matchers.append(Query(pairs=tuple(pair for pair, _ in pairs)))
    return None


def _headers(draft: Draft, part: Part) -> RuleFault | None:
    pairs = header_pairs(part.arguments, part.position, regexp=part.name == "HeadersRegexp")
    if isinstance(pairs, RuleFault):
        return pairs
    draft.matchers.append(Header(pairs=pairs))
    return None


def _cut(draft: Draft, part: Part) -> None:
    """compat(1.7): only the last strip part's list cuts, longest first; a template in it never fits a path."""
    draft.strips = sorted(_given(part), key=_longest_first)


def _cut_segments(draft: Draft, part: Part) -> None:
    """The path as written, and without its last slash, since that is matched as well."""
    path = part.arguments[0]
    draft.strips = tuple(dict.fromkeys((path, path.rstrip("/") or path)))


def _cut_regex(draft: Draft, part: Part) -> RuleFault | None:
    regexes = []
    for argument in sorted(_given(part), key=_longest_first):
        regex = strip_regex(argument, part.position)
        if isinstance(regex, RuleFault):
            return regex
        regexes.append(regex)
    draft.strip_regexes = regexes
    return None


def _add_prefix(draft: Draft, part: Part) -> None:
    draft.add_prefix = part.arguments[-1]


def _replace_path(draft: Draft, part: Part) -> None:
    draft.replace_path = part.arguments[-1]


def _replace_path_regex(draft: Draft, part: Part) -> None:
    words = part.arguments[-1].strip(" ").split(" ")
    if len(words) == 2 and all(words):
        draft.replace_regex = ReplacePathRegex(regex=words[0], replacement=words[1])
        return
    message = (
        f"`{part.arguments[-1]}` is not a regexp and a replacement with one space between; the path is not replaced"
    )
    draft.replace_regex = None
    draft.warnings.append(RuleFault(message=message, position=part.position, remedy="write `regexp replacement`"))


def _given(part: Part) -> tuple[str, ...]:
    """The arguments without empty ones, which match nothing."""
    return tuple(argument for argument in part.arguments if argument)


def _longest_first(text: str) -> int:
    return -len(text.encode("utf-8", "surrogatepass"))


def _literal(part: Part, *, slash: bool) -> tuple[Pattern, ...]:
    text = part.arguments[0]
    return (Pattern(source=text, literal=text, slash=slash and text.endswith("/")),)


PARTS: Mapping[str, tuple[Add, ...]] = {
    "Host": (_host,),
    "HostRegexp": (_host_regexp,),
    "Method": (_method,),
    "Path": (_path,),
    "PathStrip": (_path, _cut),
    "PathStripRegex": (_path, _cut_regex),
    "PathPrefix": (_path_prefix,),
    "PathPrefixStrip": (_path_prefix, _cut),
    "PathPrefixStripRegex": (_path_prefix, _cut_regex),
    "PathExact": (_path_exact,),
    "PathExactStrip": (_path_exact, _cut),
    "PathSegments": (_path_segments,),
    "PathSegmentsStrip": (_path_segments, _cut_segments),
    "Query": (_query,),
    "Headers": (_headers,),
    "HeadersRegexp": (_headers,),
    "AddPrefix": (_add_prefix,),
    "ReplacePath": (_replace_path,),
    "ReplacePathRegex": (_replace_path_regex,),
}
"""What a part of this name does, in order."""
