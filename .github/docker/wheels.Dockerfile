# Where the wheels for Linux are built.
#
# The compiler, libc++ and glibc must be those of libwebrtc, which is built on Debian 12: the images of
# manylinux have neither that clang nor any libc++. So this is Debian 12 with manylinux's interpreters in it:
# they are made to run on any glibc from 2.28 on, and cibuildwheel wants them where they are.
# auditwheel reads from the symbols which manylinux a wheel may be called: 2_35, of libgcc's _dl_find_object.
ARG MACHINE=x86_64
FROM quay.io/pypa/manylinux_2_28_${MACHINE} AS pythons

FROM debian:bookworm
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      binutils ca-certificates clang-19 cmake git libc++-19-dev libc++abi-19-dev libclang-rt-19-dev \
      lld-19 llvm-19 ninja-build patchelf python3 python3-venv xz-utils \
 && rm -rf /var/lib/apt/lists/*
COPY --from=pythons /opt/_internal /opt/_internal
COPY --from=pythons /opt/python /opt/python
RUN python3 -m venv /opt/auditwheel \
 && /opt/auditwheel/bin/pip install --no-cache-dir "auditwheel>=6.2" \
 && ln -s /opt/auditwheel/bin/auditwheel /usr/local/bin/auditwheel \
 && for python in /opt/python/cp31*/bin/python; do "$python" --version || exit 1; done
CMD ["/bin/bash"]
