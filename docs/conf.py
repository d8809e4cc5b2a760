"""How the site is built: `make docs`."""

import logging
import os
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
BUILT = HERE / "_build"
(BUILT / "live").mkdir(parents=True, exist_ok=True)

# what the tutorials leave must neither fill nor read a user's cache
os.environ["SACCADE_CACHE"] = str(BUILT / "cache")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["COLUMNS"] = "100"

# Sphinx shows what libraries log, and warnings end the build
logging.getLogger("tf2onnx").setLevel(logging.WARNING)

_project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Saccade"
author = "The Saccade authors"
project_copyright = "The Saccade authors, Apache-2.0"
version = release = _project["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "command_options",
    "recipe_fields",
    "live_pages",
    "tutorial_links",
]
exclude_patterns = ["_build", "_ext", "tutorials", "tutorials_built/*.md5", "**sg_execution_times.rst"]
suppress_warnings = ["config.cache"]  # sphinx-gallery's functions in its settings

# Markdown
myst_enable_extensions = ["colon_fence", "deflist", "attrs_block", "attrs_inline"]
myst_heading_anchors = 3

# Python
autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_mock_imports: list[str] = []
napoleon_google_docstring = True
napoleon_numpy_docstring = False
add_module_names = False

# Looks
html_theme = "furo"
html_title = f"Saccade {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = [str(BUILT / "live")]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "sidebar_hide_name": False,
    "light_css_variables": {"color-brand-primary": "#0b5c8a", "color-brand-content": "#0b5c8a"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ef", "color-brand-content": "#7cc4ef"},
}
copybutton_exclude = ".linenos, .gp, .go"

# Tutorials: scripts that run here, and notebooks to download
sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "tutorials_built",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "capture_repr": ("_repr_html_", "__repr__"),
    "abort_on_example_error": True,
    "only_warn_on_example_error": False,
    "remove_config_comments": True,
    "show_signature": False,
    "plot_gallery": os.environ.get("TUTORIALS") != "no",  # TUTORIALS=no make docs: a quick look
    "download_all_examples": True,
    "reset_modules": ("matplotlib",),
    "min_reported_time": 0,
    "image_scrapers": ("matplotlib",),
}

# Links: of other sites only the form is checked, for the builder may have no network
linkcheck_ignore = [r"https?://.*"]
linkcheck_anchors = True
