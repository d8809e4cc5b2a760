"""The files of docs/machines.md say what their systems read."""

import shutil
import subprocess

import pytest
import yaml
from markdown_blocks import DOCS

FILES = DOCS / "machines_files"


def test_the_page_shows_each_file():
    page = (DOCS / "machines.md").read_text(encoding="utf-8")
    assert {path.name for path in FILES.iterdir()} == {"tfjob.yaml", "saccade.sbatch"}
    assert all(f"machines_files/{path.name}" in page for path in FILES.iterdir())


def test_the_job_of_kubernetes_has_one_chief_and_pods_alike():
    job = yaml.safe_load((FILES / "tfjob.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "TFJob")
    replicas = job["spec"]["tfReplicaSpecs"]
    assert replicas["Chief"]["replicas"] == 1
    pods = [each["template"]["spec"] for each in replicas.values()]
    assert pods[0] == pods[1]
    container = pods[0]["containers"][0]
    assert container["name"] == "tensorflow", "the operator sets TF_CONFIG in the container of this name only"
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pods[0]["volumes"]}
    assert_is_shell(container["args"][0])


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_the_job_of_slurm_is_a_script_with_a_task_a_node():
    text = (FILES / "saccade.sbatch").read_text(encoding="utf-8")
    assert_is_shell(text)
    options = dict(
        line.removeprefix("#SBATCH --").partition("=")[::2] for line in text.splitlines() if "#SBATCH" in line
    )
    assert options["ntasks-per-node"] == "1"
    assert int(options["nodes"]) > 1


def test_the_job_of_slurm_gives_each_task_all_addresses_and_its_rank(tmp_path):
    for name, body in {
        "scontrol": 'printf "node1\\nnode2\\n"',
        "srun": 'shift; SLURM_PROCID=1 exec "$@"',
        "saccade": 'echo "$@" > "$SLURM_SUBMIT_DIR/said"',
    }.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/bash\n{body}\n")
        program.chmod(0o755)
    variables = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "SLURM_JOB_NODELIST": "node[1-2]",
        "SLURM_SUBMIT_DIR": str(tmp_path),
    }
    subprocess.run(["bash", FILES / "saccade.sbatch"], check=True, env=variables)
    said = (tmp_path / "said").read_text()
    assert said == f"train {tmp_path}/photos epochs=20 --run {tmp_path}/runs/photos " + (
        "--machines node1:7000,node2:7000 --rank 1\n"
    )


def assert_is_shell(text):
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0
