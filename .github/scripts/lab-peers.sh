#!/bin/sh
# Installs the tick stream's peers into the environment of $1, a Python: iceoryx2 has a wheel, Tachyon is built here and
# wants GCC 14. Where g++ is older, the compiler that comes as a Python package builds it.
set -eu
python=$1
"$python" -m pip install --quiet "iceoryx2==0.10.0"
version=$(g++ -dumpversion 2>/dev/null | cut -d. -f1)
if [ "${version:-0}" -ge 14 ]; then
    "$python" -m pip install --quiet "tachyon-ipc==0.5.1"
else
    echo "g++ is ${version:-not there}, Tachyon wants 14: building it with ziglang, a download of 90 MB …"
    "$python" -m pip install --quiet ziglang
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    # The executable itself: pip builds in an environment where the package cannot be imported.
    zig=$("$python" -c 'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent / "zig")')
    printf '#!/bin/sh\nexec "%s" c++ "$@"\n' "$zig" > "$folder/c++"
    chmod +x "$folder/c++"
    CC="$folder/c++" CXX="$folder/c++" "$python" -m pip install --quiet "tachyon-ipc==0.5.1"
fi
echo "installed; perfwatch lab --only ticks measures them beside the project's own ring"
