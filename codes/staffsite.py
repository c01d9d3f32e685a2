"""The staff site's names and its front page. Outside `codes.admin`, whose modules need the site to be made before them."""

from django.contrib.admin import AdminSite
from django.db.models import Count, Q
from django.urls import reverse

from codes.models import MistakeReport
from codes.models.base import State

GROUPS = {
    "Entries": ["Code", "Modifier", "Faq", "CirculatingClaim", "LookAlikeGroup", "PayerRule", "GlossaryTerm"],
    "Where we have it from": ["Source", "Category", "TherapyThreshold"],
    "From readers": ["MistakeReport"],
    "CMS tables": [
        *(
            "Upload",
            "Release",
            "TableChange",
            "PairEdit",
            "UnitLimit",
            "AddOnLink",
            "MedicareStatus",
            "Rationale",
        ),
        *("RelativeValue", "Gpci", "LocalityCounties", "ZipLocality", "HcpcsCode"),
    ],
}


class StaffSite(AdminSite):
    site_header = "cptref staff"
    site_title = "cptref staff"
    index_title = "What needs doing, and everything there is"
    index_template = "admin/staff_index.html"

    def index(self, request, extra_context=None):
        waiting = {"review": self.review(request), "reports": self.reports(request)}
        return super().index(request, {**waiting, **(extra_context or {})})

    def reports(self, request):
        """Reports of mistakes that wait: how many are new and how many are to be corrected, with links to them."""
        if not request.user.has_perm("codes.view_mistakereport"):
            return []
        state = MistakeReport.State
        found = MistakeReport.objects.order_by().values_list("state").annotate(Count("pk"))
        counts = dict(found.filter(state__in=[state.NEW, state.ACCEPTED]))
        url = reverse("admin:codes_mistakereport_changelist")
        return [
            {"words": words, "count": counts.get(each, 0), "url": f"{url}?state__exact={each}"}
            for each, words in ((state.NEW, "to be looked at"), (state.ACCEPTED, "to be corrected"))
        ]

    def review(self, request):
        """For each kind of entry: how many need a review and how many are drafts, with links to them."""
        rows = []
        for model, model_admin in self._registry.items():
            if not getattr(model_admin, "is_entry", False) or not model_admin.has_view_permission(request):
                continue
            due = model.objects.due_for_review().values("pk")
            counts = model.objects.aggregate(
                due=Count("pk", filter=Q(pk__in=due)), drafts=Count("pk", filter=Q(state=State.DRAFT))
            )
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            rows.append(
                {
                    "name": model._meta.verbose_name_plural,
                    "due": counts["due"],
                    "due_url": f"{url}?review=due",
                    "drafts": counts["drafts"],
                    "drafts_url": f"{url}?state__exact={State.DRAFT}",
                }
            )
        return rows

    def get_app_list(self, request, app_label=None):
        """Our models in groups, most used first, instead of one alphabetical list."""
        apps = super().get_app_list(request, app_label)
        ours = next((app for app in apps if app["app_label"] == "codes"), None)
        if not ours:
            return apps
        found = {model["object_name"]: model for model in ours["models"]}
        grouped = [
            {**ours, "name": name, "models": [found[key] for key in keys if key in found]}
            for name, keys in GROUPS.items()
        ]
        return [group for group in grouped if group["models"]] + [app for app in apps if app is not ours]
