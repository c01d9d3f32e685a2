"""CMS's files from the browser: uploaded, imported by a worker, watched, stopped and tried again."""

from pathlib import PurePath

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from codes import uploads
from codes.importers.layouts import quarter_start
from codes.models import Release, Upload
from codes.rules.terms import Setting

MOST_FILES = 20


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several. Cleans to a list."""

    widget = FilesInput

    def clean(self, data, initial=None):
        given = data or [None]
        return [super(FilesField, self).clean(each, initial) for each in given]


class UploadForm(forms.Form):
    """What `manage.py import_cms` is told, from the browser."""

    files = FilesField(
        label="Files",
        help_text="As CMS publishes them: zip, txt, csv or xlsx. Give all parts of a table (f1 to f4) together.",
        error_messages={"required": "Choose at least one file."},
    )
    check_only = forms.BooleanField(
        label="Only check",
        required=False,
        help_text="Says what an import would change or refuse, and publishes nothing.",
    )
    allow_fewer = forms.BooleanField(
        label="Accept fewer rows",
        required=False,
        help_text="Only where a table really has far fewer rows than the last one, or a part is not to be had.",
    )
    quarter = forms.CharField(
        label="Quarter",
        required=False,
        max_length=7,
        help_text="Only where the file does not say it: 2026Q4.",
    )
    setting = forms.ChoiceField(
        required=False, choices=[("", "As the file says"), *((each.value, each.label) for each in Setting)]
    )
    program = forms.ChoiceField(required=False, choices=[("", "As the file says"), *Release.Program.choices])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].widget.attrs["accept"] = ",".join(uploads.SUFFIXES)

    def clean_files(self):
        files = self.cleaned_data["files"]
        if len(files) > MOST_FILES:
            raise ValidationError(f"These are {len(files)} files. Give at most {MOST_FILES} at once.")
        names = [PurePath(file.name).name for file in files]
        for file, name in zip(files, names, strict=True):
            if not name.lower().endswith(uploads.SUFFIXES):
                raise ValidationError(f"{name} is no zip, txt, csv or xlsx file.")
            if file.size > settings.UPLOAD_MAX_MB * 1_000_000:
                raise ValidationError(
                    f"{name} has {file.size / 1_000_000:,.0f} MB; at most {settings.UPLOAD_MAX_MB} MB are taken. "
                    "Use manage.py import_cms on the server."
                )
            if names.count(name) > 1:
                raise ValidationError(f"Two files are called {name}. Rename one.")
        return files

    def clean_quarter(self):
        quarter = self.cleaned_data["quarter"].strip()
        if quarter and quarter_start(quarter) is None:
            raise ValidationError(f"“{quarter}” is no quarter. Write it like this: 2026Q4.")
        return quarter


@admin.register(Upload)
class UploadAdmin(admin.ModelAdmin):
    change_list_template = "admin/change_list.html"
    list_display = ["__str__", "state", "check_only", "by", "created_at", "ended_at"]
    list_filter = ["state", "check_only"]
    list_per_page = 50

    def get_urls(self):
        def view(function):
            return self.admin_site.admin_view(function)

        return [
            path("<int:pk>/progress/", view(self.progress), name="codes_upload_progress"),
            path("<int:pk>/stop/", view(self.stop), name="codes_upload_stop"),
            path("<int:pk>/again/", view(self.again), name="codes_upload_again"),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """The form, and on POST the upload; then its page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_bound and form.is_valid():
            options = dict(form.cleaned_data)
            try:
                upload = uploads.receive(options.pop("files"), request.user.get_username(), **options)
            except OSError as error:
                form.add_error("files", f"The files cannot be kept here: {error.strerror}.")
            else:
                self.log_addition(request, upload, [{"added": {}}])
                return HttpResponseRedirect(reverse("admin:codes_upload_change", args=[upload.pk]))
        status = 400 if form.is_bound and form.errors else 200
        context = {**self._context(request), "title": "Upload CMS files", "form": form}
        return render(request, "admin/codes/upload_form.html", context, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """How far it is, or what became of it."""
        upload = self._upload(request, object_id)
        context = {**self._context(request), "title": str(upload), **self._standing(request, upload)}
        return render(request, "admin/codes/upload.html", context)

    @method_decorator(require_safe)
    def progress(self, request, pk):
        """The part of its page that changes."""
        upload = self._upload(request, pk)
        return render(request, "admin/codes/upload_progress.html", self._standing(request, upload))

    @method_decorator(require_POST)
    def stop(self, request, pk):
        upload = self._upload(request, pk, change=True)
        if not upload.is_over:
            uploads.stop(upload)
            self.log_change(request, upload, "Asked to stop.")
        return HttpResponseRedirect(reverse("admin:codes_upload_change", args=[pk]))

    @method_decorator(require_POST)
    def again(self, request, pk):
        upload = self._upload(request, pk, change=True)
        if not uploads.may_try_again(upload, uploads.standing(upload)):
            messages.error(request, "This cannot be tried again. Upload the files anew.")
        else:
            if "allow_fewer" in request.POST:
                upload.allow_fewer = True
            uploads.try_again(upload)
            self.log_change(request, upload, "Tried again.")
        return HttpResponseRedirect(reverse("admin:codes_upload_change", args=[pk]))

    def delete_model(self, request, obj):
        uploads.remove_files(obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for upload in queryset:
            uploads.remove_files(upload)
        super().delete_queryset(request, queryset)

    def has_delete_permission(self, request, obj=None):
        """What is running is stopped first."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_over)

    def has_change_permission(self, request, obj=None):
        """Nothing of it is edited; who may upload may also stop and try again."""
        return self.has_add_permission(request)

    def _upload(self, request, pk, *, change: bool = False) -> Upload:
        upload = self.get_object(request, str(pk))
        if upload is None:
            raise Http404
        if not (self.has_change_permission(request) if change else self.has_view_permission(request, upload)):
            raise PermissionDenied
        return upload

    def _context(self, request):
        return {**self.admin_site.each_context(request), "opts": self.opts}

    def _standing(self, request, upload):
        standing = uploads.standing(upload)
        return {
            "upload": upload,
            "standing": standing,
            "lines": upload.said.splitlines(),
            "may_stop": not upload.is_over and self.has_change_permission(request),
            "may_try_again": self.has_change_permission(request) and uploads.may_try_again(upload, standing),
        }
