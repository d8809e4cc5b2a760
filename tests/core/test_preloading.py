import subprocess
import sys

import pytest

SLOW = "import time, sys\nfrom saccade.core import preloading\npreloading.begin(lambda: time.sleep(300))\n"


def ended(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.heavy
def test_who_made_a_mistake_does_not_wait_for_what_is_not_needed_any_more():
    found = ended(SLOW + "print('wrong input', file=sys.stderr)\npreloading.leave(2)")
    assert (found.returncode, found.stderr) == (2, "wrong input\n")


@pytest.mark.heavy
def test_without_an_import_on_its_way_a_process_ends_in_good_order():
    code = "import atexit\nfrom saccade.core import preloading\natexit.register(print, 'bye')\npreloading.leave(0)"
    assert ended(code).stdout == "bye\n"


@pytest.mark.heavy
def test_a_thread_that_is_at_work_ends_it_first():
    code = (
        "import threading, time\nfrom saccade.core import preloading\n"
        "threading.Thread(target=lambda: (time.sleep(0.5), print('written'))).start()\npreloading.leave(0)"
    )
    assert ended(code).stdout == "written\n"


@pytest.mark.heavy
def test_an_import_that_fails_is_met_by_who_needs_it():
    code = "from saccade.core import preloading\npreloading.begin(lambda: 1 / 0)\nprint('goes on')\npreloading.leave(0)"
    found = ended(code)
    assert (found.returncode, found.stdout, found.stderr) == (0, "goes on\n", "")


@pytest.mark.heavy
def test_what_python_says_while_keras_loads_is_not_lost():
    code = (
        "import os, sys\nfrom saccade.core import backend\nwith backend.without_native_log():\n"
        "    print('said', file=sys.stderr)\n    os.write(2, b'native')\nprint('later', file=sys.stderr)"
    )
    assert ended(code).stderr == "said\nlater\n"


@pytest.mark.heavy
def test_what_python_says_at_the_moment_in_which_loading_begins_or_ends_is_not_lost():
    code = (
        "import os, sys\nfrom saccade.core import backend\nturn = os.dup2\n"
        "os.dup2 = lambda *of: (turn(*of), print('said', file=sys.stderr))\n"
        "with backend.without_native_log():\n    os.write(2, b'native')\nprint('later', file=sys.stderr)"
    )
    assert ended(code).stderr == "said\nsaid\nlater\n"


@pytest.mark.heavy
def test_with_tensorflow_loaded_a_process_ends_in_good_order_but_its_modules_are_not_taken_down():
    code = (
        "import atexit, sys, threading, time, weakref\nfrom saccade.core import preloading\n"
        "class Module:\n    pass\n"
        "sys.modules['tensorflow'] = module = Module()\n"
        "module.__class__.__del__ = lambda self: print('taken down')\n"
        "atexit.register(print, 'bye')\n"
        "threading.Thread(target=lambda: (time.sleep(.2), print('done'))).start()\n"
        "preloading.leave(3)"
    )
    found = ended(code)
    assert (found.returncode, found.stdout, found.stderr) == (3, "done\nbye\n", "")
