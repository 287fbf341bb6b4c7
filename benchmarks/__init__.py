"""The asv suites, one file a question.

compute       what does the kernel cost, with no boundary?
boundary      what does a sweep cost behind each boundary?
echo          what does crossing cost, by payload?
encodings     what does putting a series into bytes cost?
equivalence   is it still the same answer?

They call the package and hold no logic of their own; `prepared` is what they share. asv runs the suites of the working
tree at every commit, so what an older package does not have is skipped, never failed.
"""
