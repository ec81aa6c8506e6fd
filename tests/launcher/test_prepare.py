import stat

from launcher.prepare import data_fingerprint, make_secret_key


def test_secret_key_is_made_once_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.delenv("SHOPCLERK_SECRET_KEY", raising=False)
    make_secret_key(tmp_path / "var")
    path = tmp_path / "var" / "secret_key"
    key = path.read_text()
    assert len(key) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make_secret_key(tmp_path / "var")
    assert path.read_text() == key


def test_a_key_in_the_environment_is_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOPCLERK_SECRET_KEY", "k" * 40)
    make_secret_key(tmp_path / "var")
    assert not (tmp_path / "var").exists()


def test_fingerprint_follows_the_data_but_not_the_operators_labels(tmp_path):
    (tmp_path / "nlu" / "reviewed").mkdir(parents=True)
    (tmp_path / "nlu" / "orders.yml").write_text("one")
    before = data_fingerprint(tmp_path)
    (tmp_path / "nlu" / "reviewed" / "track_order.yml").write_text("approved")
    assert data_fingerprint(tmp_path) == before
    (tmp_path / "nlu" / "orders.yml").write_text("two")
    assert data_fingerprint(tmp_path) != before


def test_fingerprint_is_the_same_wherever_the_data_lies(tmp_path):
    for place in ("a", "z"):
        (tmp_path / place / "nlu").mkdir(parents=True)
        (tmp_path / place / "nlu" / "orders.yml").write_text("one")
    assert data_fingerprint(tmp_path / "a") == data_fingerprint(tmp_path / "z")
