"""Who is measured: what a skilled user of each library would write."""
