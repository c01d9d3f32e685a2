"""The staff site's names and its front page. Outside `codes.admin`, whose modules need the site to be made before them."""

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from codes import secondfactor
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
    login_form = secondfactor.StaffLogInForm
    login_template = "admin/log_in.html"

    def get_urls(self):
        return [path("second-factor/", self.second_factor, name="second-factor"), *super().get_urls()]

    def has_permission(self, request):
        return super().has_permission(request) and secondfactor.may_go_on(request.user)

    def login(self, request, extra_context=None):
        """Who is logged in and only lacks the second factor that this site requires is led to setting it up."""
        if super().has_permission(request) and secondfactor.has_none(request.user):
            return HttpResponseRedirect(reverse("admin:second-factor"))
        return super().login(request, extra_context)

    @method_decorator([never_cache, require_http_methods(["GET", "HEAD", "POST"])])
    def second_factor(self, request):
        """Set up the app, or take it away again. Who has one must have given it to be here."""
        user = request.user
        if not super().has_permission(request) or not (user.is_verified() or secondfactor.has_none(user)):
            return HttpResponseRedirect(reverse("admin:login", query={"next": request.path}))
        if user.is_verified():
            if request.method == "POST":
                if settings.REQUIRE_SECOND_FACTOR:
                    raise PermissionDenied
                secondfactor.take_away(user)
                messages.success(request, "The second factor is taken away. Your password alone logs you in.")
                return HttpResponseRedirect(request.path)
            return self._second_factor_page(request)
        device = secondfactor.device_being_set_up(user)
        form = secondfactor.TokenForm(request.POST or None)
        if form.is_valid():
            codes = secondfactor.confirm(request, device, form.cleaned_data["token"])
            if codes:
                return self._second_factor_page(request, codes=codes)
            form.add_error("token", "These digits are not right. Wait for the next ones, and enter them.")
        return self._second_factor_page(
            request,
            form=form,
            picture=secondfactor.picture_of(device),
            secret=secondfactor.secret_of(device),
            status=400 if form.errors else 200,
        )

    def _second_factor_page(self, request, status=200, **context):
        shown = {
            **self.each_context(request),
            "title": "Second factor",
            "is_required": settings.REQUIRE_SECOND_FACTOR,
        }
        return TemplateResponse(request, "admin/second_factor.html", shown | context, status=status)

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
