"""docker-compose.yml as data: held against the settings, the Dockerfiles and the launcher."""

import re

import pytest

from contract.settings import documented, load
from launcher.programs import programs

PROGRAMS = {"nlu", "actions", "bot", "gateway", "admin"}
# Where things lie inside of the images: compose itself decides that.
INSIDE = re.compile(r"_(DIR|HOST|PORT|PORTS|URL)$")
SETTINGS = {name for name, *_ in documented()}


def test_the_five_programs_and_postgresql(compose):
    assert set(compose["services"]) == PROGRAMS | {"postgres", "migrate"}


def test_only_gateway_and_admin_ui_are_reachable_from_outside(compose):
    published = {name for name, service in compose["services"].items() if "ports" in service}
    assert published == {"gateway", "admin"}
    assert compose["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "nlu", "bot"):
        assert compose["services"][name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", sorted(PROGRAMS | {"migrate"}))
def test_every_variable_is_a_setting(compose, name):
    environment = compose["services"][name]["environment"]
    assert set(environment) <= SETTINGS
    assert environment["SHOPCLERK_SECRET_KEY"].startswith("${SHOPCLERK_SECRET_KEY:?")


def test_whoever_reads_a_setting_gets_it_from_env(compose, root):
    """A setting of .env.example that a container never sees would be changed in vain."""
    for name, folder in {**{name: name for name in PROGRAMS}, "nlu": "nlu_models", "admin": "admin_ui"}.items():
        code = "\n".join(path.read_text("utf-8") for path in (root / folder).rglob("*.py"))
        used = {f"SHOPCLERK_{item.upper()}" for item in re.findall(r"settings\.([a-z_]+)", code)} & SETTINGS
        given = compose["services"][name]["environment"]
        missing = {item for item in used - set(given) if not INSIDE.search(item)}
        assert missing == set(), f"{name} reads {missing}"


def test_every_shop_setting_reaches_a_container(compose):
    given = {key for service in compose["services"].values() for key in service.get("environment", {})}
    assert {name for name in SETTINGS - given if not INSIDE.search(name)} == set()


def test_missing_secrets_are_refused(root):
    text = (root / "docker-compose.yml").read_text("utf-8")
    for secret in ("SHOPCLERK_SECRET_KEY", "POSTGRES_PASSWORD"):
        uses = re.findall(rf"\$\{{{secret}([^}}]*)\}}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)


def test_every_interpolated_name_is_in_env_example(root):
    text = (root / "docker-compose.yml").read_text("utf-8")
    example = (root / ".env.example").read_text("utf-8")
    for name in set(re.findall(r"\$\{([A-Z_0-9]+)", text)):
        assert re.search(rf"^#?{name}=", example, re.M), f"{name} is not in .env.example"


@pytest.mark.parametrize("name", sorted(PROGRAMS | {"postgres"}))
def test_every_service_has_a_health_check(compose, name):
    assert compose["services"][name]["healthcheck"]["test"]


def test_what_is_waited_for_exists(compose):
    for service in compose["services"].values():
        for other, how in service.get("depends_on", {}).items():
            waited = compose["services"][other]
            assert how["condition"] in ("service_healthy", "service_completed_successfully")
            assert how["condition"] != "service_healthy" or "healthcheck" in waited


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_image_is_built_from_the_programs_folder_and_runs_as_no_root(compose, root, name):
    dockerfile = root / compose["services"][name]["build"]["dockerfile"]
    text = dockerfile.read_text("utf-8")
    program = next(p for p in programs(load({"SHOPCLERK_SECRET_KEY": "k" * 40})) if p.name == name)
    assert f'CMD ["python", "-m", "{program.module}"]' in text
    assert f"EXPOSE {program.port}" in text
    assert text.index("USER shopclerk") < text.index("CMD")
    lock, version = ("bot", "3.10") if name == "bot" else ("app", "3.11")
    assert f"requirements/{lock}.lock" in text
    assert text.count(f"FROM python:{version}-slim") == 2


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_everything_that_is_copied_exists(compose, root, name):
    text = (root / compose["services"][name]["build"]["dockerfile"]).read_text("utf-8")
    sources = re.findall(r"^COPY (?:--chown=\S+ )?(?!--from)(\S+) ", text, re.M)
    assert sources
    assert all((root / source).exists() for source in sources)


def test_the_transformer_gets_the_gpu(compose):
    devices = compose["services"]["nlu"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices[0]["capabilities"] == ["gpu"]
    assert compose["services"]["nlu"]["build"]["args"]["TORCH_BACKEND"] == "${TORCH_BACKEND:-cu129}"


def test_every_database_that_is_named_is_made(compose, root):
    made = set(re.findall(r"CREATE DATABASE (\w+)", (root / "docs/operations/databases.sql").read_text("utf-8")))
    named = {
        value.rpartition("/")[2]
        for service in compose["services"].values()
        for key, value in service.get("environment", {}).items()
        if key.endswith("_DATABASE_URL")
    }
    assert named == made
