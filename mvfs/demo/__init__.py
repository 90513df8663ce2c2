"""The demo: real classifiers, logged while they train, and read back through the mount.

``python -m mvfs.demo``; needs the extra ``demo`` (scikit-learn), whose digits come with it.
"""
