"""Writes a file from start to end and brings it to disk. Usage: plain_write.py PATH BYTES [--allocate]"""
import os
import sys

BLOCK = 8 << 20

path, left = sys.argv[1], int(sys.argv[2])
block = memoryview(os.urandom(BLOCK))  # nothing that a disk could shorten
file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
if "--allocate" in sys.argv[3:]:
    os.posix_fallocate(file, 0, left)
while left:
    left -= os.write(file, block[:left])
os.fsync(file)
