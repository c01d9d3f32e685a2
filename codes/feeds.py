"""For feed readers: what changed, one entry for each release or each difference of one code; and what we corrected."""

from django.contrib.syndication.views import Feed
from django.core.exceptions import BadRequest
from django.utils.feedgenerator import Atom1Feed

from codes import corrections, releaselookups
from codes.addresses import address_of
from codes.corrections import Correction
from codes.forms import is_code_number, tidy_number
from codes.releaselookups import Change

MOST = 50


class ChangesFeed(Feed):
    """The newest 50 releases with what they changed; with `?code=97140` the newest 50 differences of that code.

    Three queries. Raises BadRequest for a code that is none.
    """

    feed_type = Atom1Feed
    author_name = "cptref"

    def get_object(self, request) -> str:
        """The code that is asked for; empty for all."""
        code = tidy_number(request.GET.get("code", ""))
        if code and not is_code_number(code):
            raise BadRequest("This is not a code number.")
        return code

    def title(self, code):
        return f"cptref: changes of {code}" if code else "cptref: changes of Medicare's tables"

    def subtitle(self, code):
        what = f"that name {code}" if code else "between each release and the one before"
        return f"Differences in the NCCI tables and the fee schedule {what}."

    def link(self, code):
        return address_of("changes", query={"code": code} if code else None)

    def feed_url(self, code):
        return address_of("changes-feed", query={"code": code} if code else None)

    def items(self, code):
        listed = releaselookups.releases()
        if code:
            found = releaselookups.changes(listed, code=code)[:MOST]
            return releaselookups.in_words(found, listed)
        newest = releaselookups.with_changes(listed)[:MOST]
        counts = releaselookups.counts_of(newest)
        return [(each, releaselookups.counted(counts[each.release.pk])) for each in newest]

    def item_title(self, item):
        if isinstance(item, Change):
            return f"{item.title}: {item.kind.label.lower()} ({item.release.quarter})"
        return f"{item[0].name}: {item[1]}"

    def item_description(self, item):
        if isinstance(item, Change):
            return f"{item.sentence} {item.release}."
        return f"{item[0].name}, against the release before: {item[1]}."

    def item_link(self, item):
        if isinstance(item, Change):
            code = self._code_of(item)
            return f"{address_of('changes', query={'code': code})}#change-{item.pk}"
        release = item[0].release
        query = {"table": release.table, "quarter": release.quarter}
        return f"{address_of('changes', query=query)}#{release.slug}"

    def item_updateddate(self, item):
        return (item.release if isinstance(item, Change) else item[0].release).published_at

    def item_pubdate(self, item):
        return self.item_updateddate(item)

    def _code_of(self, change: Change) -> str:
        """The address of a difference is the same in the feeds of both its codes."""
        return min(change.codes)


class CorrectionsFeed(Feed):
    """The newest 50 corrections of mistakes on our own pages. One query."""

    feed_type = Atom1Feed
    author_name = "cptref"
    title = "cptref: corrections"
    subtitle = "Mistakes on our pages that were corrected: what was wrong, and what it says now."

    def link(self):
        return address_of("corrections")

    def feed_url(self):
        return address_of("corrections-feed")

    def items(self):
        return corrections.published_corrections()[:MOST]

    def item_title(self, item: Correction):
        return f"Corrected: {item.page_name}"

    def item_description(self, item: Correction):
        return f"It was wrong: {item.was} It says now: {item.says_now}"

    def item_link(self, item: Correction):
        return f"{address_of('corrections')}#correction-{item.pk}"

    def item_pubdate(self, item: Correction):
        return item.corrected_at

    def item_updateddate(self, item: Correction):
        return item.corrected_at
