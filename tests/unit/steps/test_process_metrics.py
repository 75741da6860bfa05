import json

from perfagent.steps.process_metrics import read_process_metrics


def line(side, round, **values):
    return json.dumps({"time": f"2026-01-01T00:00:0{round}+00:00", "side": side, "round": round, **values}) + "\n"


def test_each_metric_has_a_number_per_round_and_side(tmp_path):
    path = tmp_path / "process.jsonl"
    path.write_text(
        line("baseline", 1, cpu=0.2, rss=100)
        + line("baseline", 1, cpu=0.4, rss=300)
        + line("candidate", 1, cpu=1.0, rss=200)
        + line("candidate", 2, cpu=2.0, rss=500)
    )
    found = {e.name: e for e in read_process_metrics(path)}
    cpu, rss = found["process_cpu_usage"], found["process_resident_memory_bytes"]
    assert cpu.baseline == (0.30000000000000004, None)
    assert cpu.candidate == (1.0, 2.0)
    assert (rss.baseline, rss.candidate) == ((300.0, None), (200.0, 500.0))
    assert cpu.source == "process"
    assert cpu.unit == "cores"
    assert cpu.window.start.isoformat() == "2026-01-01T00:00:01+00:00"
    assert "process_threads" not in found


def test_a_side_without_samples_is_missing_not_zero(tmp_path):
    path = tmp_path / "process.jsonl"
    path.write_text(line("candidate", 1, cpu=1.0))
    (only,) = read_process_metrics(path)
    assert only.baseline is None
    assert only.candidate == (1.0,)


def test_a_line_cut_short_is_left_out(tmp_path):
    path = tmp_path / "process.jsonl"
    path.write_text(line("baseline", 1, cpu=0.5) + '{"time": "2026-01-01T00:0')
    (only,) = read_process_metrics(path)
    assert only.baseline == (0.5,)


def test_no_file_is_no_evidence(tmp_path):
    assert read_process_metrics(tmp_path / "none.jsonl") == ()
